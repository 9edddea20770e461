"""What can be done with referrals: `send`, `take` a step, `show` them; `answers` makes retries safe."""
