"""Speed, measured side by side with a bare route on the same machine, in one run, as ratios."""
