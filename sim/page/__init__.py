"""report.html: a build on one page that needs nothing else."""
