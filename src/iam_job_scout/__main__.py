"""`python -m iam_job_scout` is the command line."""

from iam_job_scout.cli import main

main()
