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
roman romanian russian scottish spanish swedish swiss thai turkish ukrainian vietnamese"""
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
starbucks mcdonald's chase citibank hsbc barclays"""
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

_KINDS = (
    _DAYS, _MONTHS, _HOLIDAYS, f"{_COUNTRIES}", _PEOPLES, _CITIES, _STATES, _CURRENCIES, _PLATFORMS, _BRANDS, _DATABASES,
    _LANGUAGES_OF_PROGRAMS, _COLOURS, _MEALS, _DEVICES, _CARDS, _KIN, _BODY, _ANIMALS,
)  # fmt: skip
# Two names of the same thing.
_SAME = {
    "usa": "us", "pounds": "pound", "dollars": "dollar", "usd": "dollar", "euros": "euro", "eur": "euro", "gbp": "pound", "jpy": "yen",
    "rupees": "rupee", "inr": "rupee", "francs": "franc", "chf": "franc", "pesos": "peso", "cny": "yuan", "gray": "grey",
    "postgresql": "postgres", "mom": "mother", "dad": "father", "macos": "mac", "kiev": "kyiv", "supper": "dinner",
    "montag": "monday", "dienstag": "tuesday", "mittwoch": "wednesday", "donnerstag": "thursday", "freitag": "friday",
    "samstag": "saturday", "sonntag": "sunday", "januar": "january", "februar": "february", "märz": "march", "juni": "june",
    "juli": "july", "oktober": "october", "dezember": "december",
}  # fmt: skip
PLACES: dict[str, tuple[int, str]] = {
    name: (kind, _SAME.get(name, name)) for kind, names in enumerate(_KINDS) for name in names.split()
}
