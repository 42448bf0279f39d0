"""People at the pages of the sign-up and login application: a real browser on the stack, as a real API serves it.

`python -m tools.accounts_pages BINARIES [SCREENSHOTS]`. Exit status 1 and the claim that does not hold, 3 without
Chromium, or 0.
"""

import asyncio
import sys
import tempfile
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import accounts_app, chromium, ministack
from tools.accounts_app import Application
from tools.chromium import Page
from tools.claims import Claims
from tools.ministack import Cloud

GOOD = "tulpe kran ofen mond"
OTHER = "fluss nagel birne takt"
LETTERS = ["a+b & c%d, fünf é", "🐠 und 🦀 und 🐢 im Teich", " leading and trailing "]
LONGEST = "tulpé mönd🐠" * 64  # 1,024 bytes
CLAIMS = Claims("pages")


class _Person:
    """Who uses the pages."""

    def __init__(self, page: Page, application: Application) -> None:
        self.page = page
        self.application = application

    async def goto(self, page: str) -> None:
        await self.page.goto(self.application.address(page))

    async def fill(self, page: str, clicks: int = 1, **fields: str) -> str:
        """Opens a page's form, fills it in, sends it; what the page after it says."""
        await self.goto(page)
        for name, text in fields.items():
            await self.page.type(f"#{name}", text)
        await self.page.click("button[type=submit]", times=clicks)
        return await self.page.html("main")

    async def is_at(self, page: str) -> bool:
        return await self.page.url() == self.application.address(page)


async def main(binaries: Path, screenshots: Path) -> None:
    with ministack.running(host=accounts_app.HOST) as cloud:
        application = accounts_app.deploy(cloud, binaries)
        async with chromium.page() as page:
            person = _Person(page, application)
            await _in_and_out(person, screenshots)
            await _refusals(person, screenshots)
            await _letters(person)
            await _twice(person)
            await _must_change(person, cloud)
            await _without_scripts(person)
            await _other_sites(person)
            CLAIMS.tell("the browser complains of nothing", not page.complaints, set(page.complaints))
        CLAIMS.tell("the stage throttles", 429 in _many(application.plain_address("login")))


async def _in_and_out(person: _Person, screenshots: Path) -> None:
    page = person.page
    await person.goto("signup")
    await page.type("#uname", "margarete")
    await page.type("#password", GOOD)
    await page.click("button.show", loads=False)
    CLAIMS.tell("a password is shown on demand", 'type="text"' in await page.html("#password"))
    await page.screenshot(screenshots / "signup.png")
    await page.click("button[type=submit]")
    CLAIMS.tell("somebody signs up", "Signup Success" in await page.html("main"))
    await person.fill("login", uname="margarete", password=GOOD)
    CLAIMS.tell("and logs in", await person.is_at("account") and "margarete" in await page.html("main"))
    await page.screenshot(screenshots / "account.png")
    [cookie] = await page.cookies()
    kept = (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"])
    CLAIMS.tell("with a cookie for this host alone", kept == ("__Host-session", True, True, "Strict"), kept)
    changed = await person.fill("password", uname="margarete", password=GOOD, new_password=OTHER)
    CLAIMS.tell("and changes the password", "is changed" in changed)
    await person.goto("account")
    CLAIMS.tell("which ends the session", await person.is_at("login"))
    failed = await person.fill("login", uname="margarete", password=GOOD)
    CLAIMS.tell("and the old one", "user name or password is wrong" in failed)
    await person.fill("login/", uname="margarete", password=OTHER)
    CLAIMS.tell("the new one lets in, also with a / at the path's end", await person.is_at("account"))
    await page.click("button[type=submit]")
    left = await person.is_at("login")
    await person.goto("account")
    CLAIMS.tell("and out again", left and await person.is_at("login") and not await page.cookies())


async def _refusals(person: _Person, screenshots: Path) -> None:
    page = person.page
    wrong = await person.fill("login", uname="margarete", password=GOOD)
    wrong_status = page.status
    unknown = await person.fill("login", uname="nobody", password=GOOD)
    same = wrong.replace("margarete", "nobody") == unknown and page.status == wrong_status
    CLAIMS.tell("an unknown name reads as a wrong password does", same, unknown)
    taken = await person.fill("signup", uname="margarete", password=GOOD)
    CLAIMS.tell("a taken name is told", "is taken" in taken and page.status == 409)
    weak = await person.fill("signup", uname="anna", password="passwordpassword")
    CLAIMS.tell("a weak password is told, and why", "repeats itself" in weak and page.status == 409)
    await page.screenshot(screenshots / "weak.png")
    CLAIMS.tell("and is not sent back", "passwordpassword" not in await page.html())


async def _letters(person: _Person) -> None:
    for number, password in enumerate([*LETTERS, LONGEST]):
        name = f"letters{number}"
        signed_up = await person.fill("signup", uname=name, password=password)
        CLAIMS.check(f"{password[:30]!r} is taken", "Signup Success" in signed_up, signed_up)
        await person.fill("login", uname=name, password=password)
        CLAIMS.tell(f"{password[:30]!r} opens its account", await person.is_at("account"))
    failed = await person.fill("login", uname="letters0", password=LETTERS[0].replace("é", "è"))
    CLAIMS.tell("another accent does not", "is wrong" in failed)


async def _twice(person: _Person) -> None:
    before = len([request for request in person.page.requests if request["method"] == "POST"])
    signed_up = await person.fill("signup", clicks=2, uname="double", password=GOOD)
    posts = len([request for request in person.page.requests if request["method"] == "POST"]) - before
    CLAIMS.check("a double click sends the form twice", posts == 2, posts)
    CLAIMS.tell("a double click, of two requests, is one sign-up", "Signup Success" in signed_up, signed_up)


async def _must_change(person: _Person, cloud: Cloud) -> None:
    cloud.dynamodb.update_item(
        TableName=person.application.outputs()["AccountsTable"],
        Key={"userid": {"S": "double"}},
        UpdateExpression="SET MustChange = :true",
        ExpressionAttributeValues={":true": {"BOOL": True}},
    )
    page = await person.fill("login", uname="double", password=GOOD)
    CLAIMS.tell("a password that others know opens its change alone", "must be changed" in page)
    await person.page.type("#password", GOOD)
    await person.page.type("#new_password", OTHER)
    await person.page.click("button[type=submit]")
    CLAIMS.check("it is changed there", "is changed" in await person.page.html("main"))
    await person.fill("login", uname="double", password=OTHER)
    CLAIMS.tell("and the new one lets in", await person.is_at("account"))


async def _without_scripts(person: _Person) -> None:
    await person.page.scripts(run=False)
    signed_up = await person.fill("signup", uname="plain", password=GOOD)
    CLAIMS.tell("without JavaScript somebody signs up", "Signup Success" in signed_up)
    await person.fill("login", uname="plain", password=GOOD)
    CLAIMS.tell("and logs in", await person.is_at("account"))
    await person.goto("login")
    CLAIMS.tell("and sees no button that does nothing", "hidden" in await person.page.html("button.show"))
    await person.page.scripts(run=True)


async def _other_sites(person: _Person) -> None:
    """A form like that of the 2020 example, opened from disk."""
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "login.html"
        fields = '<input name="uname" value="margarete"><input name="password" value="x">'
        action = person.application.address("login")
        form.write_text(f'<form method="post" action="{action}">{fields}<button type="submit">Go</button></form>')
        await person.page.goto(form.as_uri())
        await person.page.click("button[type=submit]")
    CLAIMS.tell("a form of another site is refused", person.page.status == 403, person.page.status)


def _many(address: str) -> set[int]:
    """The statuses of many requests at once."""

    def status(_: int) -> int:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with ThreadPoolExecutor(40) as pool:
        return set(pool.map(status, range(80)))


if __name__ == "__main__":
    if chromium.program() is None:
        sys.exit(3)
    with tempfile.TemporaryDirectory() as default:
        asyncio.run(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2] if len(sys.argv) > 2 else default)))
