"""Training by gradients, in stages, from which an interrupted run goes on to the same weights.

`Fit` and `Stage` say how; `train` does it. It is not imported here: a recipe is read without Keras' being there.
"""

from binloom.train.fit.how import Fit, Stage

__all__ = ["Fit", "Stage"]
