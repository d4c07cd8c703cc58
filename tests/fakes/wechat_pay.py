"""WeChat Pay's side of APIv3, played from its documents: codes, queries, refunds, notifications, statements, new keys.

It shares no code with the adapter. It checks each request's signature itself, signs its answers with its
platform key, and seals notifications with the APIv3 key.
"""

import base64
import datetime
import hashlib
import html
import ipaddress
import json
import os
import re
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from tests.fakes.web import Server

APIV3_KEY = "0123456789abcdef0123456789ABCDEF"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
APP = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>WeChat</title></head><body><main>
<h1>WeChat Pay</h1><form method="post" action="{path}"><button>Confirm</button></form></main></body></html>"""
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Platform:
    """A key of WeChat Pay's with its certificate."""

    key: rsa.RSAPrivateKey
    serial: str
    certificate: str


@dataclass
class Trade:
    """A trade as WeChat Pay keeps it."""

    out_trade_no: str
    transaction_id: str
    total: int
    notify_url: str
    kind: str = "NATIVE"
    state: str = "NOTPAY"
    paid_at: str = ""
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)


def make_platform() -> Platform:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return Platform(key, f"{certificate.serial_number:X}", pem)


@cache
def _first_platform() -> Platform:
    """The key the vendor begins with, the same in every test: to make one takes longer than most tests."""
    return make_platform()


class FakeWeChatPay(Server):
    """The vendor. `errors` are given instead of the next answers; `refunds_stand` is how new refunds begin."""

    def __init__(self, merchant_public_key: str, *, port: int = 0) -> None:
        self.mchid, self.appid, self.serial_no = "1900000001", "wxd678efh567hg6787", "5157F09EFDC096DE15EBE81A47057A72"
        self.platform = _first_platform()
        self.trades: dict[str, Trade] = {}
        self.errors: list[tuple[int, str]] = []
        self.refunds_stand = "PROCESSING"
        self.leaves_unsigned = False
        self._merchant = serialization.load_pem_public_key(merchant_public_key.encode())
        self._nonces: set[str] = set()
        self._numbers = count(1)
        super().__init__(port)

    # What people do on WeChat's side

    def pays(self, out_trade_no: str) -> Trade:
        trade = self.trades[out_trade_no]
        trade.state, trade.paid_at = "SUCCESS", datetime.datetime.now(CHINA).isoformat(timespec="seconds")
        return trade

    def settles(self, out_trade_no: str, out_refund_no: str, status: str = "SUCCESS") -> None:
        self.trades[out_trade_no].refunds[out_refund_no]["status"] = status

    # What WeChat Pay says by itself

    def notification(self, out_trade_no: str, /, **changed: Any) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a payment's notification; `changed` fields of the sealed part are sealed too."""
        trade = self.trades[out_trade_no]
        return self._notify("TRANSACTION.SUCCESS", "transaction", {**self._transaction(trade), **changed})

    def refund_notification(self, out_trade_no: str, out_refund_no: str) -> tuple[bytes, dict[str, str]]:
        trade = self.trades[out_trade_no]
        refund = trade.refunds[out_refund_no]
        said = {
            "mchid": self.mchid,
            "transaction_id": trade.transaction_id,
            "out_trade_no": out_trade_no,
            "refund_id": refund["refund_id"],
            "out_refund_no": out_refund_no,
            "refund_status": refund["status"],
            "user_received_account": "招商银行信用卡0403",
            "amount": {**refund["amount"], "payer_total": trade.total, "payer_refund": refund["amount"]["refund"]},
        }
        return self._notify(f"REFUND.{refund['status']}", "refund", said)

    def probe(self, out_trade_no: str) -> tuple[bytes, dict[str, str]]:
        """What WeChat Pay sends to see whether signatures are looked at: it must not be answered with success."""
        body, headers = self.notification(out_trade_no)
        return body, {**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"][19:]}

    def notify(self, out_trade_no: str) -> bytes:
        """Post it to the merchant; returns what was answered."""
        body, headers = self.notification(out_trade_no)
        request = urllib.request.Request(self.trades[out_trade_no].notify_url, body, headers)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    def signed(self, body: bytes) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), os.urandom(16).hex()
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.platform.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.platform.serial,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
        }

    def _notify(self, event: str, kind: str, said: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        told = {
            "id": f"EV-2018022511223320{next(self._numbers):04}",
            "create_time": datetime.datetime.now(CHINA).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {**self._seal(json.dumps(said, ensure_ascii=False), kind), "original_type": kind},
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        return body, self.signed(body)

    def _seal(self, text: str, bound: str) -> dict[str, str]:
        nonce = os.urandom(6).hex()
        sealed = AESGCM(APIV3_KEY.encode()).encrypt(nonce.encode(), text.encode(), bound.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": bound,
            "nonce": nonce,
        }

    # What the merchant asks

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked.append(f"{method} {path}")
        if path.startswith("/cgi-bin/"):
            return self._in_the_app(method, path, headers)
        if not self._is_signed(method, path, headers, body):
            return self._answer(401, {"code": "SIGN_ERROR", "message": "错误的签名，验签失败"})
        if self.errors:
            status, code = self.errors.pop(0)
            return self._answer(status, {"code": code, "message": code})
        parts = urllib.parse.urlsplit(path)
        wanted = json.loads(body) if body else dict(urllib.parse.parse_qsl(parts.query))
        routes: tuple[tuple[str, Any], ...] = (
            (r"POST /v3/pay/transactions/native", self._native),
            (r"POST /v3/pay/transactions/h5", self._h5),
            (r"GET /v3/pay/transactions/out-trade-no/(\w+)", self._query),
            (r"POST /v3/pay/transactions/out-trade-no/(\w+)/close", self._close),
            (r"POST /v3/refund/domestic/refunds", self._refund),
            (r"GET /v3/refund/domestic/refunds/(\w+)", self._query_refund),
            (r"GET /v3/certificates", self._certificates),
            (r"GET /v3/bill/tradebill", self._tradebill),
            (r"GET /v3/billdownload/file", lambda _wanted: (200, {}, self._bill())),
        )
        for pattern, answer in routes:
            found = re.fullmatch(pattern, f"{method} {parts.path}")
            if found:
                reply: Answer = answer(wanted, *found.groups())
                return reply
        return self._answer(404, {"code": "RESOURCE_NOT_EXISTS", "message": "not found"})

    def _native(self, wanted: dict[str, Any]) -> Answer:
        return self._begin(wanted, "NATIVE", {"code_url": f"weixin://wxpay/bizpayurl?pr={wanted['out_trade_no'][:9]}"})

    def _h5(self, wanted: dict[str, Any]) -> Answer:
        scene = wanted.get("scene_info", {})
        try:
            ipaddress.ip_address(scene.get("payer_client_ip", ""))
        except ValueError:
            return self._answer(400, {"code": "PARAM_ERROR", "message": "payer_client_ip"})
        if scene.get("h5_info", {}).get("type") not in ("Wap", "iOS", "Android"):
            return self._answer(400, {"code": "PARAM_ERROR", "message": "h5_info.type"})
        page = f"{self.url}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={wanted['out_trade_no']}&package=2150917749"
        return self._begin(wanted, "MWEB", {"h5_url": page})

    def _begin(self, wanted: dict[str, Any], kind: str, said: dict[str, str]) -> Answer:
        if wanted["mchid"] != self.mchid or wanted["amount"]["currency"] != "CNY":
            return self._answer(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        number = wanted["out_trade_no"]
        if number in self.trades and self.trades[number].state != "NOTPAY":
            return self._answer(400, {"code": "ORDERPAID", "message": "该订单已支付"})
        transaction = f"42000000{next(self._numbers):020}"
        total = wanted["amount"]["total"]
        self.trades.setdefault(number, Trade(number, transaction, total, wanted["notify_url"], kind))
        return self._answer(200, said)

    def _in_the_app(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        """The page that opens the app: only for whom a page of the merchant's sent; the app is played by a button."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        number = asked["prepay_id"]
        if method == "POST":
            self.pays(number)
            self.notify(number)
            return 302, {"Location": asked["redirect_url"]}, b""
        if not headers.get("Referer", "").startswith(asked["redirect_url"].partition("/portal")[0]):
            return 200, {"Content-Type": "text/html; charset=utf-8"}, "商家参数格式有误，请联系商家解决".encode()
        return 200, {"Content-Type": "text/html; charset=utf-8"}, APP.format(path=html.escape(path)).encode()

    def _query(self, wanted: dict[str, Any], number: str) -> Answer:
        if wanted.get("mchid") != self.mchid:
            return self._answer(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        if number not in self.trades:
            return self._answer(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
        return self._answer(200, self._transaction(self.trades[number]))

    def _transaction(self, trade: Trade) -> dict[str, Any]:
        said: dict[str, Any] = {
            "appid": self.appid,
            "mchid": self.mchid,
            "out_trade_no": trade.out_trade_no,
            "trade_state": trade.state,
            "trade_state_desc": trade.state,
        }
        if trade.paid_at:
            amount = {"total": trade.total, "payer_total": trade.total, "currency": "CNY", "payer_currency": "CNY"}
            payer = {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
            said |= {"transaction_id": trade.transaction_id, "trade_type": trade.kind, "success_time": trade.paid_at}
            said |= {"amount": amount, "payer": payer}
        return said

    def _close(self, _wanted: dict[str, Any], number: str) -> Answer:
        trade = self.trades.get(number)
        if trade is None:
            return self._answer(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
        if trade.state == "SUCCESS":
            return self._answer(400, {"code": "ORDERPAID", "message": "该订单已支付"})
        trade.state = "CLOSED"
        return 204, self.signed(b""), b""

    def _refund(self, wanted: dict[str, Any]) -> Answer:
        trade = self.trades[wanted["out_trade_no"]]
        number, amount = wanted["out_refund_no"], wanted["amount"]
        if number not in trade.refunds:
            if amount["total"] != trade.total:
                return self._answer(400, {"code": "PARAM_ERROR", "message": "订单金额不一致"})
            if sum(one["amount"]["refund"] for one in trade.refunds.values()) + amount["refund"] > trade.total:
                return self._answer(403, {"code": "NOT_ENOUGH", "message": "退款金额超出"})
            trade.refunds[number] = {
                "refund_id": f"50000000{next(self._numbers):020}",
                "out_refund_no": number,
                "transaction_id": trade.transaction_id,
                "out_trade_no": trade.out_trade_no,
                "status": self.refunds_stand,
                "amount": amount,
            }
            trade.state = "REFUND"
        return self._answer(200, trade.refunds[number])

    def _query_refund(self, _wanted: dict[str, Any], number: str) -> Answer:
        for trade in self.trades.values():
            if number in trade.refunds:
                return self._answer(200, trade.refunds[number])
        return self._answer(404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})

    def _certificates(self, _wanted: dict[str, Any]) -> Answer:
        sealed = self._seal(self.platform.certificate, "certificate")
        return self._answer(200, {"data": [{"serial_no": self.platform.serial, "encrypt_certificate": sealed}]})

    def _tradebill(self, _wanted: dict[str, Any]) -> Answer:
        if not any(trade.paid_at for trade in self.trades.values()):
            return self._answer(400, {"code": "NO_STATEMENT_EXIST", "message": "请求的账单文件不存在"})
        digest = hashlib.sha1(self._bill()).hexdigest()
        url = f"{self.url}/v3/billdownload/file?token=abc"
        return self._answer(200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def _bill(self) -> bytes:
        head = (
            "交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,货币种类,微信退款单号,商户退款单号,退款金额,"
            "退款状态,商品名称,手续费,订单金额,申请退款金额"
        )
        rows = ["\ufeff" + head]
        for trade in self.trades.values():
            if not trade.paid_at:
                continue
            start = [trade.paid_at, self.appid, self.mchid, trade.transaction_id, trade.out_trade_no]
            total = f"{trade.total / 100:.2f}"
            rows.append(
                ",".join(
                    f"`{cell}" for cell in [*start, "SUCCESS", "CNY", "0", "0", "0.00", "", "茶", "0", total, "0.00"]
                )
            )
            for number, refund in trade.refunds.items():
                back = f"{refund['amount']['refund'] / 100:.2f}"
                cells = [*start, "REFUND", "CNY", refund["refund_id"], number, back, "SUCCESS", "茶", "0", "0.00", back]
                rows.append(",".join(f"`{cell}" for cell in cells))
        rows += ["总交易单数,应结订单总金额,退款总金额", "`1,`1.00,`0.00"]
        return "\r\n".join(rows).encode()

    # Signatures

    def _answer(self, status: int, said: dict[str, Any]) -> Answer:
        body = json.dumps(said, ensure_ascii=False).encode()
        signed = {} if self.leaves_unsigned else self.signed(body)
        return status, {"Content-Type": "application/json; charset=utf-8", **signed}, body

    def _is_signed(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
        schema, _, rest = headers.get("Authorization", "").partition(" ")
        sent = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if schema != "WECHATPAY2-SHA256-RSA2048" or sent.get("mchid") != self.mchid:
            return False
        if sent["serial_no"] != self.serial_no or abs(int(sent["timestamp"]) - time.time()) > 300:
            return False
        if sent["nonce_str"] in self._nonces:
            return False
        self._nonces.add(sent["nonce_str"])
        message = f"{method}\n{path}\n{sent['timestamp']}\n{sent['nonce_str']}\n".encode() + body + b"\n"
        try:
            self._merchant.verify(base64.b64decode(sent["signature"]), message, padding.PKCS1v15(), hashes.SHA256())  # type: ignore
        except InvalidSignature:
            return False
        return True
