"""Getting in and out.

/sign-in  /sign-out  /sign-up  /forgot  /reset/<token>  /invitation/<token>  /verify/<token>  /verification
/device/<token>
"""

from flask import Blueprint, Response, current_app, request, session

from app.accounts import demo, queries, sign_ins, tokens
from app.accounts.actions import elsewhere, entry
from app.accounts.forms import EmailForm, NewPasswordForm, SignInForm, SignUpForm
from app.core import access, devices, limits, web
from app.core.errors import Invalid

bp = Blueprint("entry", __name__)

BY_ADDRESS = "60/minute"
MAILS_BY_ADDRESS = "20/hour"
MAILS_BY_EMAIL = "5/hour"


@bp.after_request
def keep_tokens_out_of_referrers(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@bp.get("/sign-in")
@access.public
def sign_in_page() -> Response:
    if access.actor().is_authenticated:
        return web.go(web.safe_next())
    return _sign_in(SignInForm())


@bp.post("/sign-in")
@access.public
def sign_in() -> Response:
    limits.hit(BY_ADDRESS, "sign-in", web.client_address())
    form = SignInForm()
    if not form.was_sent():
        return _sign_in(form, 422)
    try:
        entry.sign_in(email=form.email.data, password=form.password.data, **_browser())
    except Invalid as refusal:
        form.blame(refusal)
        return _sign_in(form, 422)
    return web.go(web.safe_next())


def _sign_in(form: SignInForm, status: int = 200) -> Response:
    people = demo.people(current_app.extensions["rapport"].demo_file)
    return web.render("accounts/sign_in.html", status=status, form=form, next=web.safe_next(), demo_people=people)


def _browser() -> dict[str, str]:
    return {"address": web.client_address(), "device": devices.name_of(request.user_agent.string)}


@bp.post("/sign-out")
@access.public
def sign_out() -> Response:
    if "token" in session:
        sign_ins.end(session["token"])
    session.clear()
    return web.go("/sign-in", "You are signed out.")


@bp.get("/sign-up")
@access.public
def sign_up_page() -> Response:
    return web.render("accounts/sign_up.html", form=SignUpForm())


@bp.post("/sign-up")
@access.public
def sign_up() -> Response:
    form = SignUpForm()
    if not form.was_sent():
        return web.render("accounts/sign_up.html", status=422, form=form)
    _limit_mails(form.email.data)
    try:
        entry.sign_up(**form.data)
    except Invalid as refusal:
        form.blame(refusal)
        return web.render("accounts/sign_up.html", status=422, form=form)
    return web.render("accounts/check_mail.html", email=form.email.data, purpose="sign-up")


def _limit_mails(email: str) -> None:
    limits.hit(MAILS_BY_ADDRESS, "account-mail", web.client_address())
    limits.hit(MAILS_BY_EMAIL, "account-mail", email.lower())


@bp.get("/forgot")
@access.public
def forgot_page() -> Response:
    return web.render("accounts/forgot.html", form=EmailForm())


@bp.post("/forgot")
@access.public
def forgot() -> Response:
    form = EmailForm()
    if not form.was_sent():
        return web.render("accounts/forgot.html", status=422, form=form)
    _limit_mails(form.email.data)
    entry.ask_for_reset(form.email.data)
    return web.render("accounts/check_mail.html", email=form.email.data, purpose="reset")


@bp.get("/reset/<token>")
@access.public
def reset_page(token: str) -> Response:
    return _choose_password(token, "reset")


@bp.post("/reset/<token>")
@access.public
def reset(token: str) -> Response:
    return _choose_password(token, "reset")


@bp.get("/invitation/<token>")
@access.public
def invitation_page(token: str) -> Response:
    return _choose_password(token, "invite")


@bp.post("/invitation/<token>")
@access.public
def invitation(token: str) -> Response:
    return _choose_password(token, "invite")


def _choose_password(token: str, purpose: tokens.Purpose) -> Response:
    form = NewPasswordForm()
    if form.was_sent():
        try:
            account = entry.choose_password(token, purpose, form.password.data)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            sign_ins.start(account.person_id, **_browser())
            return web.go("/", "Your password is set, and you are signed in.")
    email = tokens.get(token, purpose).email
    status = 422 if form.errors else 200
    return web.render("accounts/choose_password.html", status=status, form=form, email=email, purpose=purpose)


@bp.get("/verify/<token>")
@access.public
def verify_page(token: str) -> Response:
    return web.render("accounts/verify.html", email=tokens.get(token, "verify").email)


@bp.post("/verify/<token>")
@access.public
def verify(token: str) -> Response:
    entry.verify(token)
    where = "/" if access.actor().is_authenticated else "/sign-in"
    return web.go(where, "Thank you: your address is confirmed.")


@bp.get("/device/<token>")
@access.public
def device_page(token: str) -> Response:
    owner, who, following = elsewhere.owner_of(token), access.actor(), web.safe_next("/portal")
    if who.id == owner.person_id:
        return web.go(following)
    other = who.name if who.is_authenticated else ""
    return web.render("accounts/device.html", name=owner.name, other=other, next=following)


@bp.post("/device/<token>")
@access.public
def continue_on_device(token: str) -> Response:
    limits.hit(BY_ADDRESS, "sign-in", web.client_address())
    elsewhere.enter(token, actor=access.actor(), **_browser())
    return web.go(web.safe_next("/portal"))


@bp.post("/verification")
@access.signed_in
def send_verification() -> Response:
    limits.hit("3/hour", "verification", str(access.actor().id))
    account = queries.get_account(access.actor())
    if account.email_verified_at is None:
        entry.ask_to_verify(account)
    return web.go(web.safe_next(), f"We sent a new link to {account.email}.")
