"""What a script or a notebook calls; the verbs of the command line only wrap it."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from binloom.build import Build
from binloom.compiler import build as _build
from binloom.compiler.calibrate import calibrate, chosen
from binloom.compiler.classes import beside, with_classes
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.lower import LayerSummary, LowerOptions, lower, summarise
from binloom.compiler.passes import PassOptions, run_passes
from binloom.compiler.plan import plan_file
from binloom.compiler.reader import read_model
from binloom.number import RULE, Number, exact, shown
from binloom.sim import golden
from binloom.sim.cocotb_bench import write_bench
from binloom.sim.golden import Evaluation

CALIBRATION = 500  # images that int8 units are calibrated by


def inspect(model: Path | str, *, config: Path | str | None = None) -> tuple[LayerSummary, ...]:
    """A row a layer: its shape, its cost, and why it cannot be compiled where it cannot."""
    return summarise(read_model(model, config))


def integer_graph(
    model: Path | str,
    *,
    config: Path | str | None = None,
    input_scale: Number | None = None,
    input_offset: Number | None = None,
    weight_bits: int = 8,
    int8_batchnorm: Path | str | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Graph:
    """The exact integer form of a trained model: what is evaluated, compiled and verified."""
    _, real = _real_graphs(model, config, input_scale, input_offset, int8_batchnorm)
    return _to_integers(real, weight_bits, on_step)


def compile(
    model: Path | str,
    out: Path | str,
    *,
    config: Path | str | None = None,
    input_scale: Number | None = None,
    input_offset: Number | None = None,
    weight_bits: int = 8,
    int8_batchnorm: Path | str | None = None,
    ports: Literal["plain", "axi"] = "plain",
    output: Literal["logits", "class", "both"] = "logits",
    cycles: int | None = None,
    plan: Path | str | None = None,
    name: str | None = None,
    data: Path | str | None = None,
    images: int | None = None,
    classes: Path | str | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Build:
    """Compile a trained model into the folder `out`: Verilog, manifest, test vectors and a cocotb bench.

    A pixel p stood for input_scale * p + input_offset in training; a string such as "1/255" is exact. `name` is that of
    the Verilog module, instead of the model's. With `data`, an .npz with x_test and y_test, the accuracy before and
    after the model became integers goes into the build's notes, and its first images become the test vectors.
    `int8_batchnorm` names an .npz with calibration images as x_train, and y_train if it is there: batch normalisations
    that stay numbers then become int8 units, and the notes say what that does.
    `plan` names a plan.toml of this network, instead of `cycles`.
    `classes` is a text file with a class name a line; where it is not given, `MODEL.classes.txt` beside the model is
    one. Raises InputError for whatever the caller can mend.
    """
    options = CompileOptions(ports=ports, output=output, cycles=cycles, name=name)
    if images is not None and data is None:
        raise InputError("images says how many of data to take", "give both")
    if plan is not None and cycles is not None:
        raise InputError("a plan says how many cycles a frame takes", "give the plan or the number of cycles")
    folds = None if plan is None else plan_file.read(Path(plan)).plan
    _build.check_target(Path(out).resolve())
    tell = on_step or (lambda step: None)
    tell("reading")
    real, changed = _real_graphs(model, config, input_scale, input_offset, int8_batchnorm)
    graph = _to_integers(changed, weight_bits, on_step)
    if classes is None and os.path.lexists(beside(Path(model))):
        classes = beside(Path(model))
    if classes is not None:
        graph = with_classes(graph, classes)
    if data is not None:
        tell("evaluating")
        x, y = golden.load_dataset(data, graph, images=images)
        graph = graph.note(accuracy_note(golden.evaluate(real, x, y), golden.evaluate(graph, x, y)))
        options = replace(options, images=x)
    made = compile_graph(graph, out, options, plan=folds, extra_writers=[write_bench], on_step=on_step)
    return Build(made.dir, made.graph, made.manifest)


def load(folder: Path | str) -> Build:
    """Open a folder that `compile` made; InputError where its files are not what was written."""
    made = _build.Build.load(folder)
    return Build(made.dir, made.graph, made.manifest)


def accuracy_note(before: Evaluation, after: Evaluation) -> str:
    """What turning a model into integers did to its accuracy."""
    change = 100 * (after.accuracy - before.accuracy)
    same = int((before.classes == after.classes).sum())
    return (
        f"top-1 {100 * before.accuracy:.2f}% as trained, {100 * after.accuracy:.2f}% as integers "
        f"({change:+.2f} points, the same class for {same} of {after.total} images)"
    )


def _real_graphs(
    model: Path | str,
    config: Path | str | None,
    input_scale: Number | None,
    input_offset: Number | None,
    int8_batchnorm: Path | str | None,
) -> tuple[Graph, Graph]:
    """The model as trained, and as it becomes integers: with int8 units where calibration images are given."""
    options = LowerOptions(_exact("input_scale", input_scale), _exact("input_offset", input_offset))
    layers = read_model(model, config)
    real = lower(layers, options)
    if int8_batchnorm is None:
        return real, real
    x, y = golden.load_dataset(int8_batchnorm, real, images=CALIBRATION, labels=False, part="train")
    found = calibrate(layers, real, x)
    changed = lower(layers, replace(options, int8=chosen(found)))
    for each in found.values():
        changed = changed.note(str(each))
    return real, changed.note(int8_note(golden.evaluate(real, x, y), golden.evaluate(changed, x, y), len(found)))


def int8_note(before: Evaluation, after: Evaluation, layers: int) -> str:
    """What int8 batch normalisations did to the results."""
    if not layers:
        return "no batch normalisation stays a number: none becomes an int8 unit"
    same = int((before.classes == after.classes).sum())
    share = f"the same class for {same} of {after.total} calibration images"
    if before.correct is None or after.correct is None:
        return f"int8 batch normalisation: {share}"
    change = 100 * (after.accuracy - before.accuracy)
    return (
        f"int8 batch normalisation: top-1 {100 * before.accuracy:.2f}% before, {100 * after.accuracy:.2f}% after "
        f"({change:+.2f} points, {share})"
    )


def _to_integers(real: Graph, weight_bits: int, on_step: Callable[[str], None] | None) -> Graph:
    return run_passes(real, PassOptions(weight_bits), on_pass=lambda name, _: on_step(name) if on_step else None)


def _exact(what: str, value: Number | None) -> Fraction | None:
    try:
        return None if value is None else exact(value)
    except ValueError:
        raise InputError(f"{what} must be {RULE}, got {shown(value)}", "give one such as 1/255") from None
