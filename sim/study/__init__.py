"""What to conclude: KPIs, replications, and the files of a run."""
