"""What the demo company's people, goods and talk are called."""

FIRST_NAMES = (
    "Amelia Oliver Isla George Ava Arthur Mia Noah Ivy Muhammad Lily Leo Freya Oscar Florence Harry Willow Archie Rosie "
    "Jack Sophia Henry Isabella Theo Grace Freddie Daisy Luca Elsie Tommy Evie Finley Phoebe Adam Aisha Dylan Zara Rory "
    "Chloé José Zoë Jürgen Søren Łukasz Nadia Priya Wei Yuki Kwame Fatima Omar Leila Ingrid Matteo Elena Dmitri Ngozi "
    "Siobhán Rhys Eilidh Callum Bronwyn Hamish Maeve Callista Tariq Anjali Bo Mei Hana Tomás Renée Björn Agnès Milan"
).split()

LAST_NAMES = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker Khan Hughes Lewis Edwards Green Hall "
    "Thompson Clarke Jackson Hill Scott Adams Mitchell Ahmed Campbell Anderson Allen Cook Bailey Parker Miller Ali Bell "
    "Murphy Kelly Okafor Mensah Nguyen Tran Kowalski Nowak Müller Schäfer García Fernández Rossi Moreau Lefèvre Jensen "
    "Lindqvist O’Brien MacLeod Fraser Sinclair Begum Hussain Chaudhry Sharma Gupta Iyer Nakamura Tanaka Park Chen Wang Li "
    "Haddad Nasser Cohen Levy Petrov Ivanova Horvat Silva Santos Costa Almeida Dubois Laurent Eriksson Virtanen Byrne"
).split()

COUNTRIES = ("United Kingdom",) * 14 + ("Ireland", "France", "Germany", "Netherlands", "Spain", "Belgium")
STREETS = ("High Street", "Station Road", "Church Lane", "Mill Lane", "Victoria Road", "Green Lane", "Park Avenue")
TOWNS = ("London", "Leeds", "Bristol", "Norwich", "York", "Bath", "Cardiff", "Glasgow", "Belfast", "Exeter", "Durham")
SOURCES = ("Website", "Walk-in", "Recommendation", "Market stall", "Newsletter")

# (SKU, name, type, price in pence)
PRODUCTS = (
    ("LOT-101", "Hand-poured soy candle", "good", 1450),
    ("LOT-102", "Beeswax dinner candles, pair", "good", 995),
    ("LOT-103", "Stoneware mug, speckled", "good", 1600),
    ("LOT-104", "Teapot for two", "good", 3850),
    ("LOT-105", "Linen tea towel, striped", "good", 1100),
    ("LOT-106", "Recycled glass vase", "good", 2400),
    ("LOT-107", "Brass plant mister", "good", 1950),
    ("LOT-108", "Wool blanket, herringbone", "good", 7900),
    ("LOT-109", "Letterpress birthday card", "good", 350),
    ("LOT-110", "Set of six note cards", "good", 1200),
    ("LOT-111", "Lavender bath salts", "good", 1350),
    ("LOT-112", "Olive oil soap", "good", 650),
    ("LOT-113", "Oak serving board", "good", 3200),
    ("LOT-114", "Ceramic oil burner", "good", 1800),
    ("LOT-115", "Wicker picnic basket", "good", 6450),
    ("LOT-116", "Enamel watering can", "good", 2950),
    ("LOT-117", "Wildflower seed tin", "good", 850),
    ("LOT-118", "Terracotta pot, large", "good", 2200),
    ("LOT-119", "Paper star lantern", "good", 1250),
    ("LOT-120", "Wooden advent calendar", "good", 5400),
    ("LOT-121", "Jar of heather honey", "good", 895),
    ("LOT-122", "Loose leaf breakfast tea", "good", 775),
    ("LOT-123", "Salted caramel box", "good", 1150),
    ("LOT-124", "Spiced orange marmalade", "good", 575),
    ("SRV-201", "Gift wrapping", "service", 400),
    ("SRV-202", "Engraving, up to 20 letters", "service", 950),
    ("SRV-203", "Candle-making workshop", "service", 4500),
    ("SRV-204", "Delivery within the county", "service", 695),
)

DEPARTMENTS = ("Support", "Sales", "Workshop")

# (topic, what the customer writes, what the shop answers, what the customer writes then, how it ends)
TALKS = (
    (
        "Where is my parcel?",
        "Hello, my parcel was due on Tuesday and is not here yet.",
        "I am sorry about the wait. It left our carrier’s depot this morning and should reach you tomorrow.",
        "That works for me, thank you.",
        "You are welcome. I have noted to look again tomorrow evening.",
    ),
    (
        "Chipped mug",
        "One of the mugs arrived with a chip on the rim.",
        "Oh no! I will send a new one today, and you can keep the chipped one for pens.",
        "That is very kind, thank you!",
        "It is on its way. Have a lovely day.",
    ),
    (
        "Engraving a board",
        "Can you engrave a name with an accent, like Zoë?",
        "Yes, all European letters are fine, up to twenty of them.",
        "Lovely. I would like it by the 14th.",
        "We will have it with you on the 12th.",
    ),
    (
        "Workshop places",
        "Are there two places left in the candle workshop on Saturday?",
        "There are exactly two. Shall I hold them for you until this evening?",
        "Yes please!",
        "Held under your name. See you on Saturday at ten.",
    ),
    (
        "Changing my address",
        "I moved last week. Can you change my address before you send my order?",
        "Of course. What is the new address?",
        "I have put it into my profile just now.",
        "Thank you, I can see it. Your order goes there.",
    ),
    (
        "Returning a blanket",
        "The blanket is beautiful but too small for our bed. May I return it?",
        "Certainly, within thirty days. I will send you a label by email.",
        "Wonderful, I will post it this week.",
        "We refund it the day it arrives here.",
    ),
    (
        "Is it vegan?",
        "Is the olive oil soap vegan?",
        "It is: only olive oil, water, lye and lavender.",
        "Great, I will order five.",
        "Enjoy them!",
    ),
    (
        "Invoice for my company",
        "I need an invoice with our company name on it.",
        "Tell me the name and address and I will make one right away.",
        "Brightwater Studio Ltd, 4 Mill Lane, Bath.",
        "It is in your inbox now.",
    ),
)

PRAISE = ("Quick and kind.", "Solved in minutes.", "Lovely people.", "Exactly what I needed.", "", "", "")
BLAME = ("I waited too long for an answer.", "Nobody read what I wrote.", "It took three messages to be understood.")

# (field, how, text, code)
CODES = (
    ("customer.source", "contains", "web", "Online"),
    ("customer.source", "exact", "Newsletter", "Online"),
    ("customer.source", "exact", "Walk-in", "Shop"),
    ("customer.source", "exact", "Recommendation", "Friends"),
    ("refund.reason", "contains", "damaged", "Quality"),
    ("refund.reason", "contains", "size", "Fit"),
    ("refund.reason", "contains", "mind", "Second thoughts"),
    ("conversation.topic", "contains", "parcel", "Delivery"),
    ("conversation.topic", "contains", "address", "Delivery"),
    ("conversation.topic", "contains", "chipped", "Complaint"),
    ("conversation.topic", "contains", "returning", "Complaint"),
    ("conversation.topic", "contains", "workshop", "Services"),
    ("conversation.topic", "contains", "engraving", "Services"),
)
DEALS = (
    ("Christmas hampers", "Send three sketches with prices"),
    ("Wedding favours", "Ask for the number of guests"),
    ("Mugs with a logo", "Show the first sample"),
    ("Candles for a hotel", "Call about the scent"),
    ("Gift cards", "Agree on the amount of each"),
    ("Workshop for a team", "Propose two dates"),
    ("Welcome boxes", "Send the quote again"),
    ("Blankets for a café", "Bring swatches"),
    ("Tea for the office", "Settle the monthly amount"),
    ("Shop window", "Measure the window"),
)

# (name, colour, share of customers)
TAGS = (
    ("VIP", 3, 0.04),
    ("Wholesale", 7, 0.05),
    ("Gift buyer", 10, 0.08),
    ("Pays late", 0, 0.02),
    ("Ask before calling", 9, 0.03),
)

# (name, kind, industry)
FIRMS = (
    ("Brightwater", "Hotels", "Hospitality"),
    ("Hartley & Finch", "Solicitors", "Law"),
    ("Northgate", "Dental Practice", "Health"),
    ("Copper Kettle", "Cafés", "Hospitality"),
    ("Larkfield", "School", "Education"),
    ("Oakhurst", "Interiors", "Design"),
    ("Pemberton", "Florists", "Retail"),
    ("Redwing", "Logistics", "Transport"),
    ("Silverdale", "Care Homes", "Health"),
    ("Tidewell", "Studios", "Media"),
    ("Ashcombe", "Vineyards", "Food and drink"),
    ("Millbrook", "Events", "Events"),
    ("Fernley", "Architects", "Design"),
    ("Stonebridge", "Builders", "Construction"),
    ("Whitestone", "Bookshop", "Retail"),
    ("Kestrel", "Software", "Technology"),
)

# What is written down about records of each kind.
NOTES = {
    "customer": (
        "Prefers to be called after five, when the shop next door is closed.",
        "Collects the blue glaze. Tell them when the next firing comes in.",
        "Gave the beeswax candles to the whole family at Christmas and wants to do so again.",
        "Allergic to lavender: leave the sachets out of any hamper.",
        "Moved to Leeds in spring. The old address is still on some letters.",
    ),
    "company": (
        "They order twice a year, in March and in October. Send samples three weeks before.",
        "Everything above £500 needs the signature of the office manager.",
        "Deliveries only at the back door, before ten.",
    ),
    "product": (
        "The next batch comes in a slightly darker shade.",
        "Sells best beside the tea towels. Keep them together at the market.",
        "Two came back chipped this month: ask the supplier for better boxes.",
    ),
    "deal": (
        "They compare us with one other shop. Delivery in time matters more than the price.",
        "Wants a sample of each size before they decide.",
        "Budget is fixed until April; a second order may follow.",
    ),
}
RECORD_TAGS = {
    "customer": ("VIP", "Gift buyer", "Ask before calling"),
    "company": ("Wholesale", "Christmas presents"),
    "product": ("Bestseller", "Seasonal"),
    "deal": ("Urgent", "Wholesale"),
}
FILES = (
    ("Agreement.pdf", "Ten percent on orders above twenty pieces, until the end of the year. Payment within 14 days."),
    ("Delivery.txt", "Ring twice.\nParcels may stay with the neighbour at number 4.\n"),
    ("Wishes.txt", "Blue or grey, no patterns.\nWrapped one by one, with a card in each.\n"),
)
CALLS = (
    "Asked whether the large vase can be had in green. Promised to ask the potter.",
    "Very happy with the hamper. Wants the same for her sister in June.",
    "The parcel came late, but whole. Sent our apologies.",
)
MAILS = (
    ("Opening hours at Easter", "Good morning, are you open on Saturday? We would come by with the children."),
    ("Your order", "It left us this morning and should be with you on Thursday."),
    ("Candles", "Do the large ones burn without smoke? We want them for the dining room."),
)
OCCASIONS = ("Wedding", "Christmas", "Opening", "Anniversary")
SUPPLIERS = ("Moorland Pottery", "Hive & Wick", "Tide Textiles", "Penrose Paper")
TERMS = "Delivery within two weeks, free of charge. Payment within 14 days."
CONSENTS = (("email", 0.55), ("phone", 0.2), ("sms", 0.15), ("post", 0.1))
"""The channels that customers agreed to be sent marketing by, and how many of them."""

PROOFS = (
    "Said yes on the phone when we called about the order.",
    "Signed the card at the counter; it is in the folder of that month.",
    "Asked for the catalogue at the Christmas market and left a note.",
)
