"""Names of one kind each, known also in lower case: weekdays, months, countries, cities, brands; data for the entity guard."""

_DAYS = "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag"
_MONTHS = """january february march april june july august september october november december januar februar märz juni juli
oktober dezember"""
_HOLIDAYS = "christmas easter thanksgiving halloween ramadan diwali hanukkah"
_COUNTRIES = """afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia
brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czechia denmark ecuador egypt england estonia
ethiopia finland france georgia germany ghana greece guatemala haiti hungary iceland india indonesia iran iraq ireland israel italy
jamaica japan jordan kazakhstan kenya korea kuwait latvia lebanon libya liechtenstein lithuania luxembourg malaysia malta mexico
moldova monaco mongolia morocco nepal netherlands nigeria norway pakistan panama paraguay peru philippines poland portugal qatar
romania russia rwanda scotland senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan
tanzania thailand tunisia turkey uganda ukraine uruguay usa uk us uzbekistan venezuela vietnam wales yemen zambia zimbabwe europe
africa asia america"""
_PEOPLES = """american australian austrian belgian brazilian british canadian chinese czech danish dutch egyptian english finnish french
german greek hungarian indian indonesian iranian irish israeli italian japanese korean mexican norwegian pakistani polish portuguese
roman romanian russian scottish spanish swedish swiss thai turkish ukrainian vietnamese hindi arabic hebrew mandarin cantonese bengali urdu persian farsi tagalog malay swahili latin
icelandic croatian serbian bulgarian hungarian romanian"""
_CITIES = """amsterdam ankara athens atlanta auckland austin baghdad baltimore bangalore bangkok barcelona basel beijing beirut belgrade
berlin bern birmingham bogota boston bratislava brisbane bristol brussels bucharest budapest cairo caracas casablanca charlotte
chennai chicago cincinnati cleveland cologne columbus copenhagen dallas delhi denver detroit dhaka dortmund dresden dubai dublin
dusseldorf edinburgh florence frankfurt geneva genoa glasgow hamburg hannover hanoi havana helsinki honolulu houston indianapolis
istanbul jakarta jerusalem johannesburg karachi kathmandu kiev kyiv krakow lagos leeds leipzig lima lisbon liverpool london lyon
madrid manchester manila marseille melbourne memphis miami milan milwaukee minneapolis minsk montreal moscow mumbai munich nairobi
naples nashville nuremberg odessa orlando osaka oslo ottawa oxford paris perth philadelphia phoenix pittsburgh portland prague
quebec rome rotterdam sacramento salzburg santiago seattle seoul seville shanghai shenzhen sofia stockholm stuttgart sydney taipei
tallinn tampa tbilisi tehran tokyo toronto tucson turin valencia vancouver venice vienna vilnius warsaw washington wellington
winnipeg zagreb zurich"""
_STATES = """alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana iowa kansas
kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon
pennsylvania tennessee texas utah vermont virginia wisconsin wyoming bavaria saxony ontario"""
_CURRENCIES = """dollar dollars euro euros pound pounds yen yuan rupee rupees franc francs peso pesos lira rubles ruble krona krone zloty
bitcoin ethereum usd eur gbp jpy chf inr cny aud cad"""
_PLATFORMS = "windows linux macos mac ubuntu debian fedora android ios iphone ipad chromebook"
_BRANDS = """apple google amazon microsoft samsung netflix spotify facebook instagram twitter tiktok youtube whatsapp telegram slack zoom
teams paypal visa mastercard amex venmo uber lyft tesla toyota honda ford bmw audi volkswagen nike adidas walmart target costco ikea
starbucks mcdonald's mcdonalds kfc subway wendy's chipotle applebee's applebees denny's ihop domino's hulu disney ebay etsy delta united
southwest jetblue ryanair lufthansa hilton marriott airbnb nissan chevrolet hyundai mercedes audi citi santander monzo revolut pnc discover chase citibank hsbc barclays"""
_DATABASES = "postgres postgresql mysql sqlite mongodb redis oracle mariadb cassandra elasticsearch dynamodb"
_LANGUAGES_OF_PROGRAMS = (
    "python java javascript typescript ruby rust golang kotlin swift php perl scala c++ c# matlab haskell"
)
_COLOURS = "red green blue yellow orange purple pink black white grey gray brown"
_MEALS = "breakfast lunch dinner supper brunch"
_DEVICES = "laptop desktop phone tablet printer keyboard mouse router monitor"
_CARDS = "debit credit prepaid"
_KIN = "wife husband son daughter mother father mom dad brother sister uncle aunt grandmother grandfather girlfriend boyfriend"
_BODY = "arm leg knee back neck head shoulder foot hand ear eye nose tooth stomach"
_ANIMALS = "dog cat horse cow pig sheep goat rabbit hamster bird fish snake turtle"
_FOODS = """chicken beef pork lamb turkey fish salmon tuna shrimp bacon ham sausage steak egg eggs milk cream butter cheese yogurt flour sugar
salt pepper honey oil rice pasta noodle noodles spaghetti lasagna pizza bread toast bagel sandwich burger taco tacos burrito sushi soup salad
potato potatoes tomato tomatoes onion onions garlic carrot carrots broccoli spinach lettuce corn bean beans mushroom mushrooms apple apples banana
bananas orange oranges grape grapes lemon lemons lime strawberry strawberries blueberry blueberries peach pear mango pineapple watermelon avocado
coffee tea juice water beer wine soda chocolate vanilla cake cookie cookies pie brownie brownies pancake pancakes waffle waffles cereal oatmeal
almond almonds peanut peanuts walnut tofu curry"""
_RELATIONS = """boss manager coworker colleague friend neighbor neighbour roommate doctor dentist lawyer teacher landlord fiance fiancee partner
cousin nephew niece grandma grandpa"""
_ACCOUNTS = "checking savings retirement brokerage current"
_ROOMS = "kitchen bedroom bathroom garage hallway basement attic lounge office balcony porch patio"
_GENRES = "rock jazz pop classical metal country reggae blues techno disco punk rap hiphop folk soul"
_VEHICLES = (
    "car bus train taxi cab bike bicycle motorcycle truck van plane boat ferry tram subway metro helicopter scooter"
)
_SPORTS = "football soccer basketball baseball tennis golf hockey rugby cricket volleyball swimming boxing skiing"
_LENGTHS = "inch inches foot feet yard yards mile miles meter meters metres kilometer kilometers kilometres centimeter centimeters millimeters"
_WEIGHTS = "gram grams kilogram kilograms ounce ounces pound pounds ton tons milligrams stone"
_VOLUMES = "liter liters litre litres gallon gallons cup cups pint pints quart quarts tablespoon tablespoons teaspoon teaspoons"
_SPANS = "second seconds minute minutes hour hours day days week weeks month months year years decade century"
_DOCUMENTS = "passport visa license licence certificate w2 w4"
_METALS = "gold silver platinum copper iron bronze aluminium aluminum steel"
_PLANETS = "mercury venus earth mars jupiter saturn uranus neptune pluto moon"
_CHANNELS = "email phone sms post fax chat"
_NUMBERED = "pin cvv iban password username"

_KINDS = (
    _DAYS, _MONTHS, _HOLIDAYS, f"{_COUNTRIES}", _PEOPLES, _CITIES, _STATES, _CURRENCIES, _PLATFORMS, _BRANDS, _DATABASES,
    _LANGUAGES_OF_PROGRAMS, _COLOURS, _MEALS, _DEVICES, _CARDS, f"{_KIN} {_RELATIONS}", _BODY, _ANIMALS, _FOODS, _ACCOUNTS,
    _ROOMS, _GENRES, _VEHICLES, _SPORTS, _LENGTHS, _WEIGHTS, _VOLUMES, _SPANS, _DOCUMENTS, _METALS, _PLANETS, _CHANNELS, _NUMBERED,
)  # fmt: skip
# Two names of the same thing.
_SAME = {
    "usa": "us", "pounds": "pound", "dollars": "dollar", "usd": "dollar", "euros": "euro", "eur": "euro", "gbp": "pound", "jpy": "yen",
    "rupees": "rupee", "inr": "rupee", "francs": "franc", "chf": "franc", "pesos": "peso", "cny": "yuan", "gray": "grey", "cab": "taxi", "bike": "bicycle", "subway": "metro", "inches": "inch", "feet": "foot",
    "metres": "meter", "kilometres": "kilometer", "litre": "liter", "litres": "liter", "neighbour": "neighbor", "grandma": "grandmother",
    "grandpa": "grandfather", "fiancee": "fiance", "licence": "license", "aluminium": "aluminum", "coworker": "colleague", "strawberries": "strawberry",
    "blueberries": "blueberry", "century": "century", "text": "sms",
    "postgresql": "postgres", "mom": "mother", "dad": "father", "macos": "mac", "kiev": "kyiv", "supper": "dinner",
    "montag": "monday", "dienstag": "tuesday", "mittwoch": "wednesday", "donnerstag": "thursday", "freitag": "friday",
    "samstag": "saturday", "sonntag": "sunday", "januar": "january", "februar": "february", "märz": "march", "juni": "june",
    "juli": "july", "oktober": "october", "dezember": "december",
}  # fmt: skip
_PLURALS = {names: frozenset(names.split()) for names in _KINDS}


def _one(name: str, names: str) -> str:
    """The name that stands for all its forms: pounds and pound are one."""
    bare = name.removesuffix("s")
    return _SAME.get(name) or (bare if bare in _PLURALS[names] else name.replace("oes", "o"))


# Names of two words, with a name of their kind.
_TWO_WORDS = {
    "london": """new york|los angeles|san francisco|san diego|san antonio|san jose|las vegas|new orleans|hong kong|new delhi|salt lake|fort worth|
kansas city|st louis|saint petersburg|cape town|buenos aires|rio janeiro|mexico city|kuala lumpur|tel aviv|abu dhabi|santa fe|el paso|ocean city|palm springs""",
    "france": """south korea|north korea|new zealand|south africa|saudi arabia|united states|united kingdom|sri lanka|costa rica|puerto rico|el salvador|
dominican republic|czech republic|north macedonia|burkina faso|ivory coast|sierra leone|united arab""",
    "texas": "new jersey|new mexico|north carolina|south carolina|north dakota|south dakota|rhode island|new hampshire|west virginia",
    "visa": """wells fargo|american express|bank america|capital one|us bank|burger king|taco bell|pizza hut|red lobster|olive garden|whole foods|best buy|
home depot|trader joe's|dairy queen|five guys|panda express|outback steakhouse|american airlines|british airways|air france""",
    "checking": "money market",
}  # fmt: skip

# The first kind that has a name keeps it.
PLACES: dict[str, tuple[int, str]] = {
    name: (kind, _one(name, names)) for kind, names in reversed(list(enumerate(_KINDS))) for name in names.split()
}
PLACES |= {
    name: (PLACES[kind][0], name) for kind, names in _TWO_WORDS.items() for name in names.replace("\n", "").split("|")
}
# Names that narrow a question to a time or a place when only one of two texts has one.
NARROWING_NAMES = frozenset(
    name for names in (_DAYS, _MONTHS, _HOLIDAYS, _COUNTRIES, _CITIES, _STATES) for name in names.split()
)
