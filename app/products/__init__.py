"""Products: the goods and services the shop sells.

Prices are whole minor units with a currency. Rules: a product is never deleted, only
archived, so that old receipts keep what they sold; a SKU belongs to one product.
"""
