"""Deals: what may become a sale, on its way through the stages of a pipeline.

A *pipeline* has open *stages*, each with the share of deals that come to be won from it, and
ends in one stage for what is *won* and one for what is *lost*. A deal stands in one stage, at
a place in its column; its *lines* are the products on offer, and with lines its value is
their sum. Won makes the transaction, once; lost asks why.

Rules: no stage with deals ever goes away, it is archived and its deals move on; two people who
move at once never overwrite each other; what a deal sold stands in the books and is refunded there.
"""
