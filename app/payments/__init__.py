"""Payments: money on its way in, and back.

A *payment* pays something else, such as an order, through a *provider*: cash at the counter, a
bank transfer, Alipay, WeChat Pay. What can be paid is a *payable* that an upper package declares;
it is told in the same transaction, once. A *refund* gives back of one payment. The *sequence* of
a payment holds each request, answer and notification in the order of time.

Rules: the vendor's word counts only with its signature, and only for the amount, the order and
the merchant that are ours; never more goes back than came in; what came in without being owed
goes back by itself; nothing talks to a vendor inside a request of ours.
"""
