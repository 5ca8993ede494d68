"""From a build folder to a placed and routed design, and what it takes."""
