"""WeChat Pay, APIv3: the customer scans a code (`native`), or on a phone is sent into the app (`h5`).

Both sides sign method, address, time, nonce and the very bytes of the body; what matters in
notifications is sealed with the APIv3 key besides. An answer of success without a good signature
is as good as forged. WeChat Pay's own keys change: those of the account and those learnt since count.
"""

import base64
import binascii
import csv
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from app.core.clock import now
from app.core.money import to_minor
from app.payments.providers import signing
from app.payments.providers.base import (
    Bill,
    Credentials,
    Device,
    Notice,
    OnlineProvider,
    RefundAsk,
    Refunded,
    Reply,
    Setting,
    StatementLine,
    Trade,
)
from app.payments.providers.errors import Forged, UnknownKey, VendorBusy, VendorRefused
from app.payments.providers.wire import Answer, Wire

ZONE = ZoneInfo("Asia/Shanghai")
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300
NEVER_BEGUN = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")
NO_STATEMENT = "NO_STATEMENT_EXIST"
UNTOLD = ("notify_url", "appid", "scene_info")  # the customer's address is nobody's to read
PAID = ("SUCCESS", "REFUND")
OVER = ("CLOSED", "REVOKED")
REFUND_STATES: dict[str, Any] = {"SUCCESS": "done", "PROCESSING": "waiting", "CLOSED": "failed", "ABNORMAL": "failed"}


class WeChatPay(OnlineProvider):
    """The strategy."""

    def check_settings(self, values: Mapping[str, str]) -> dict[str, list[str]]:
        """What is wrong with the settings of an account, by name."""
        errors: dict[str, list[str]] = {}
        if not (values["mchid"].isascii() and values["mchid"].isdigit()):
            errors["mchid"] = ["The merchant id is a number."]
        if not values["appid"].startswith("wx"):
            errors["appid"] = ["The app id begins with wx."]
        if not values["serial_no"].isalnum():
            errors["serial_no"] = ["The serial number has letters and digits."]
        if len(values["apiv3_key"].encode()) != 32:
            errors["apiv3_key"] = ["The APIv3 key has 32 characters."]
        for name, read in (("private_key", signing.private_key), ("public_key", signing.public_key)):
            try:
                read(values[name])
            except ValueError as refusal:
                errors[name] = [str(refusal)]
        if "public_key" not in errors and not _serial_of(values["public_key"], values["public_key_id"]):
            errors["public_key_id"] = ["A public key has an id, such as PUB_KEY_ID_0114232134912410000000000000."]
        return errors

    def time_to_pay(self, device: Device) -> timedelta:
        """The address for a phone is good for five minutes."""
        return timedelta(minutes=5) if device == "phone" else super().time_to_pay(device)

    def create(self, account: Credentials, bill: Bill, wire: Wire) -> str:
        """Ask for a code, whose address the customer's app scans; for a phone, for the page that opens the app."""
        wanted: dict[str, Any] = {
            "appid": account.values["appid"],
            "mchid": account.values["mchid"],
            "description": bill.description[:127],
            "out_trade_no": bill.trade_no,
            "time_expire": bill.expires_at.astimezone(ZONE).isoformat(timespec="seconds"),
            "notify_url": account.notify_url,
            "amount": {"total": bill.amount_minor, "currency": bill.currency},
        }
        if bill.payer.device == "computer":
            return str(self._call(account, "POST", "/v3/pay/transactions/native", wire, wanted)["code_url"])
        wanted["scene_info"] = {"payer_client_ip": bill.payer.address, "h5_info": {"type": "Wap"}}
        address = str(self._call(account, "POST", "/v3/pay/transactions/h5", wire, wanted)["h5_url"])
        return f"{address}&{urlencode({'redirect_url': bill.return_url})}"

    def query(self, account: Credentials, trade_no: str, wire: Wire) -> Trade:
        """How a payment stands."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(trade_no)}?{urlencode({'mchid': account.values['mchid']})}"
        try:
            said = self._call(account, "GET", path, wire)
        except VendorRefused as refusal:
            if refusal.code in NEVER_BEGUN:
                return Trade("unknown")
            raise
        _check_ours(account, said)
        if said.get("out_trade_no") != trade_no:
            raise VendorBusy("The answer is about another payment.")
        return _trade(said)

    def close(self, account: Credentials, trade_no: str, wire: Wire) -> None:
        """Let it not be paid any more."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(trade_no)}/close"
        try:
            self._call(account, "POST", path, wire, {"mchid": account.values["mchid"]})
        except VendorRefused as refusal:
            if refusal.code not in NEVER_BEGUN:
                raise

    def refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """Ask to give money back; it mostly takes a while."""
        wanted = {
            "out_trade_no": ask.trade_no,
            "out_refund_no": ask.refund_no,
            "reason": ask.reason[:80],
            "notify_url": account.notify_url,
            "amount": {"refund": ask.amount_minor, "total": ask.total_minor, "currency": ask.currency},
        }
        return _refunded(self._call(account, "POST", "/v3/refund/domestic/refunds", wire, wanted), ask.refund_no)

    def query_refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """How a refund stands."""
        try:
            path = f"/v3/refund/domestic/refunds/{quote(ask.refund_no)}"
            return _refunded(self._call(account, "GET", path, wire), ask.refund_no)
        except VendorRefused as refusal:
            if refusal.code in NEVER_BEGUN:
                return Refunded("unknown")
            raise

    def read_notification(self, account: Credentials, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """Read a notification. Raises: Forged for a wrong signature or seal, UnknownKey, another merchant's."""
        _check_signature(account, raw, headers)
        try:
            told = json.loads(raw)
            said = json.loads(_open(account, told["resource"]))
            key, event = str(told["id"]), str(told["event_type"])
        except (ValueError, KeyError, TypeError):
            raise Forged("It does not say what a notification says.") from None
        _check_ours(account, said)
        number = str(said.get("out_trade_no", ""))
        if event.startswith("REFUND."):
            stands = REFUND_STATES.get(str(said.get("refund_status")), "waiting")
            refund = Refunded(stands, str(said.get("refund_id", "")), event)
            return Notice(key, number, refund=refund, refund_no=str(said.get("out_refund_no", "")), words=event)
        return Notice(key, number, _trade(said), words=event)

    def statement(self, account: Credentials, day: date, wire: Wire) -> list[StatementLine]:
        """What WeChat Pay's books say of a day; nothing where there is no statement."""
        query = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL"})
        try:
            said = self._call(account, "GET", f"/v3/bill/tradebill?{query}", wire)
        except VendorRefused as refusal:
            if refusal.code == NO_STATEMENT:
                return []
            raise
        url = str(said["download_url"])
        parts = urlsplit(url)
        headers = _authorization(account, "GET", f"{parts.path}?{parts.query}", "")
        answer = wire.send("GET", url, title="Statement", shown={"day": day}, headers=headers)
        if answer.status != 200 or hashlib.sha1(answer.body).hexdigest() != said["hash_value"]:  # noqa: S324 - theirs
            raise VendorBusy("The statement is not whole.")
        return _lines(answer.body.decode("utf-8-sig"))

    def learn_keys(self, account: Credentials, wire: Wire) -> None:
        """Fetch the certificates that WeChat Pay signs with now; the APIv3 key's seal proves whose they are."""
        answer = self._exchange(account, "GET", "/v3/certificates", wire, "")
        if answer.status != 200:
            raise VendorBusy(f"The certificates were answered with {answer.status}.")
        try:
            found = {
                str(one["serial_no"]): _open(account, one["encrypt_certificate"]).decode()
                for one in json.loads(answer.body)["data"]
            }
        except (ValueError, KeyError, TypeError):
            raise VendorBusy("The certificates are not what they should be.") from None
        wire.heard(answer, "Certificates", {"serials": ", ".join(found)})
        account.learn(found)

    def _call(
        self, account: Credentials, method: str, path: str, wire: Wire, wanted: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask. Raises: VendorBusy also for a success without a good signature; VendorRefused."""
        body = json.dumps(wanted, ensure_ascii=False, separators=(",", ":")) if wanted else ""
        answer = self._exchange(account, method, path, wire, body)
        try:
            said = json.loads(answer.body) if answer.body else {}
        except ValueError:
            said = {}
        if answer.status >= 500 or answer.status == 429:
            wire.heard(answer, "Answer", {"code": said.get("code")}, is_good=False)
            raise VendorBusy(str(said.get("code") or answer.status))
        if answer.status >= 400:
            code = str(said.get("code"))
            wire.heard(answer, f"Answer: {code}", {"code": code}, is_good=code in NEVER_BEGUN)
            raise VendorRefused(code, str(said.get("message", "")))
        try:
            _check_signature(account, answer.body, answer.headers)
        except UnknownKey:
            self.learn_keys(account, wire)
            raise VendorBusy("It is signed with a new key, which is learnt now.") from None
        except Forged as forgery:
            wire.heard(answer, "Answer without a good signature", {"why": forgery}, is_good=False)
            raise VendorBusy(str(forgery)) from None
        shown = {key: said.get(key) for key in ("trade_state", "transaction_id", "status", "refund_id")}
        wire.heard(answer, "Answer", shown)
        return dict(said)

    def _exchange(self, account: Credentials, method: str, path: str, wire: Wire, body: str) -> Answer:
        headers = {**_authorization(account, method, path, body), "Content-Type": "application/json"}
        shown = {key: value for key, value in json.loads(body or "{}").items() if key not in UNTOLD}
        title = f"{method} {urlsplit(path).path}"
        return wire.send(
            method, account.base_url + path, title=title, shown=shown, headers=headers, content=body.encode()
        )


WECHAT_PAY = WeChatPay(
    "wechatpay",
    "WeChat Pay",
    "In WeChat: scan a code, or go on in the app.",
    icon="brand-wechat",
    currencies=("CNY",),
    live_url="https://api.mch.weixin.qq.com",
    hosts=("api.mch.weixin.qq.com",),
    settings=(
        Setting("mchid", "Merchant id"),
        Setting("appid", "App id", "Of the official account or app the merchant id is bound to; begins with wx."),
        Setting("serial_no", "Serial number of your API certificate"),
        Setting("private_key", "Private key of your API certificate", "The file apiclient_key.pem.", True, True),
        Setting("apiv3_key", "APIv3 key", "The 32 characters you chose in the merchant platform.", True),
        Setting("public_key_id", "Id of WeChat Pay’s public key", "Empty for a platform certificate."),
        Setting("public_key", "WeChat Pay’s public key or platform certificate", "In PEM.", False, True),
    ),
    accepted=Reply('{"code":"SUCCESS","message":"成功"}', 200, "application/json"),
    refused=Reply('{"code":"FAIL","message":"失败"}', 401, "application/json"),
)


def _authorization(account: Credentials, method: str, path: str, body: str) -> dict[str, str]:
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    message = f"{method}\n{path}\n{stamp}\n{nonce}\n{body}\n"
    parts = {
        "mchid": account.values["mchid"],
        "nonce_str": nonce,
        "signature": signing.sign(account.values["private_key"], message.encode()),
        "timestamp": stamp,
        "serial_no": account.values["serial_no"],
    }
    signed = ",".join(f'{key}="{value}"' for key, value in parts.items())
    return {"Authorization": f"{SCHEMA} {signed}", "Accept": "application/json", "User-Agent": "Rapport"}


def _check_signature(account: Credentials, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises: UnknownKey, Forged."""
    sent = {key.lower(): value for key, value in headers.items()}
    stamp, nonce, serial, signature = (
        sent.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "serial", "signature")
    )
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and nonce and serial and signature):
        raise Forged("It is not signed.")
    if abs(now().timestamp() - int(stamp)) > FRESH_SECONDS:
        raise Forged("It is not of now.")
    key = _known_keys(account).get(serial)
    if key is None:
        raise UnknownKey("It is signed with a key that is not known here.")
    if not signing.is_signed(key, f"{stamp}\n{nonce}\n".encode() + body + b"\n", signature):
        raise Forged("The signature does not hold.")


def _known_keys(account: Credentials) -> dict[str, str]:
    """The keys that WeChat Pay signs with, by serial number or id: what was configured, and what was learnt since."""
    own = account.values["public_key"]
    return {**account.learnt, _serial_of(own, account.values.get("public_key_id", "")): own}


def _serial_of(key: str, key_id: str) -> str:
    if "BEGIN CERTIFICATE" in key:
        return f"{load_pem_x509_certificate(key.strip().encode()).serial_number:X}"
    return key_id


def _open(account: Credentials, sealed: Mapping[str, Any]) -> bytes:
    """What is sealed with the APIv3 key. Raises: Forged."""
    if sealed.get("algorithm") != "AEAD_AES_256_GCM":
        raise Forged("It is sealed in another way.")
    try:
        ciphertext = base64.b64decode(str(sealed["ciphertext"]), validate=True)
        cipher = AESGCM(account.values["apiv3_key"].encode())
        bound = str(sealed.get("associated_data") or "").encode()
        return cipher.decrypt(str(sealed["nonce"]).encode(), ciphertext, bound)
    except (InvalidTag, binascii.Error, KeyError, ValueError):
        raise Forged("The seal does not open.") from None


def _check_ours(account: Credentials, said: Mapping[str, Any]) -> None:
    """Raises: Forged for another merchant's or app's."""
    for name in ("mchid", "appid"):
        if name in said and said[name] != account.values[name]:
            raise Forged("It is for another merchant.")
    if "mchid" not in said:
        raise Forged("It names no merchant.")


def _trade(said: Mapping[str, Any]) -> Trade:
    state = said.get("trade_state")
    if state in PAID:
        amount = said.get("amount") or {}
        return Trade(
            "paid",
            str(said.get("transaction_id", "")),
            int(amount.get("total", 0)),
            str(amount.get("currency", "CNY")),
            _moment(str(said.get("success_time", ""))),
        )
    return Trade("closed" if state in OVER else "waiting")


def _refunded(said: Mapping[str, Any], refund_no: str) -> Refunded:
    if said.get("out_refund_no") != refund_no:
        raise VendorBusy("The answer is about another refund.")
    status = str(said.get("status"))
    return Refunded(REFUND_STATES.get(status, "waiting"), str(said.get("refund_id", "")), status)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _lines(table: str) -> list[StatementLine]:
    """The rows of the statement, each value with a back quote before it; sums under a head of their own follow."""
    rows = list(csv.reader(table.splitlines()))
    if not rows:
        return []
    head = {name: position for position, name in enumerate(rows[0])}
    lines = []
    for row in rows[1:]:
        if len(row) != len(head) or not row[0].startswith("`"):
            break
        values = {name: row[position].removeprefix("`").strip() for name, position in head.items()}
        is_refund = values["交易状态"] == "REFUND"
        amount = Decimal(values["申请退款金额" if is_refund else "订单金额"])
        number = values["商户退款单号" if is_refund else "商户订单号"]
        reference = values["微信退款单号" if is_refund else "微信订单号"]
        kind = "refund" if is_refund else "payment"
        lines.append(StatementLine(kind, number, reference, to_minor(amount, "CNY")))  # type: ignore[arg-type]
    return lines
