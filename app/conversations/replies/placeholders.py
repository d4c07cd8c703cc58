"""What a canned reply may hold in braces."""

MEANINGS = {
    "customer.first_name": "The customer’s first name",
    "customer.name": "The customer’s whole name",
    "me.first_name": "Your first name",
    "me.name": "Your whole name",
    "shop.name": "The shop’s name",
    "conversation.topic": "What the conversation is about",
}
SAMPLE = {
    "customer.first_name": "Carla",
    "customer.name": "Carla Moreau",
    "me.first_name": "Ada",
    "me.name": "Ada Lovelace",
    "shop.name": "Your shop",
    "conversation.topic": "My last order",
}
