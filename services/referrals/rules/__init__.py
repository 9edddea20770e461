"""Pure decisions: `machine` (which step may follow), `clocks`, `referrals` (what a step makes), `telling`."""
