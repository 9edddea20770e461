"""The demo data go in by the ordinary doors, and going in twice changes nothing."""

import httpx

from deploy.demo.seed import seed

PEOPLE = 300


async def test_loading_twice_changes_nothing(running) -> None:
    said: list[str] = []
    first = await seed(running.address, {"admin": running.admin}, PEOPLE, said.append, running.today)
    assert first.lines > 6 * PEOPLE
    assert first.unchanged == 0
    once = len(said)
    again = await seed(
        running.address, {"admin": running.admin, "demo": first.accounts}, PEOPLE, said.append, running.today
    )
    assert again.unchanged == again.lines == first.lines
    assert again.accounts == first.accounts
    assert len(said) == 2 * once - 1  # agreements that stand are not told again
    async with httpx.AsyncClient(base_url=running.address, trust_env=False) as http:
        form = {"grant_type": "password", "username": running.admin["username"], "password": running.admin["password"]}
        token = (await http.post("/oauth2/v1/token", data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        forms = (await http.get("/v1/surveys", params={"limit": 200}, headers=headers)).json()["items"]
    assert any(f["first_day"] <= str(running.today) <= f["last_day"] for f in forms)  # a link that takes answers


async def test_its_accounts_can_sign_in(running) -> None:
    """A lost credentials file: the accounts get new passwords, which work."""
    done = await seed(running.address, {"admin": running.admin}, 20, lambda _: None, running.today)
    async with httpx.AsyncClient(base_url=running.address, trust_env=False) as http:
        for username, account in done.accounts["staff"].items():
            form = {"grant_type": "password", "username": username, "password": account["password"]}
            assert (await http.post("/oauth2/v1/token", data=form)).status_code == 200
        for client in done.accounts["clients"].values():
            form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
            answer = await http.post("/oauth2/v1/accesstoken", data=form)
            kind = "BearerToken" if client["face"] == "satusehat" else "Bearer"
            assert answer.json()["token_type"] == kind
        wish = {"provider": "9914P001", "does": "status"}
        called = (await http.post("/jkn-simulator/_control/mobile/calls", json=wish)).json()
        assert called["turns"][0]["code"] == 200  # the simulator's Mobile JKN signs in with the queue's account
