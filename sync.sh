git pull --rebase origin main 2>&1 | tail -1; git status --short | grep -E "^(UU|AA|DU|UD)"; ls services/facilities/migrations/versions | tail -4
