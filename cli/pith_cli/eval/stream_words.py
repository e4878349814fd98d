"""The words that the edits of a generated stream exchange: opposites, names, and words of one meaning; pure data."""

# Each pair means the opposite of the other in a request.
OPPOSITES: tuple[tuple[str, str], ...] = (
    ("increase", "decrease"), ("raise", "lower"), ("open", "close"), ("buy", "sell"), ("start", "stop"),
    ("turn on", "turn off"), ("switch on", "switch off"), ("send", "receive"), ("deposit", "withdraw"),
    ("activate", "deactivate"), ("enable", "disable"), ("cheapest", "most expensive"), ("minimum", "maximum"),
    ("lowest", "highest"), ("first", "last"), ("best", "worst"), ("most", "least"), ("more", "fewer"),
    ("before", "after"), ("earliest", "latest"), ("next", "previous"), ("add", "remove"), ("lock", "unlock"),
    ("freeze", "unfreeze"), ("safe", "dangerous"), ("hot", "cold"), ("faster", "slower"), ("morning", "evening"),
    ("accept", "refuse"), ("approved", "rejected"), ("arrive", "leave"), ("borrow", "lend"),
    ("domestic", "international"), ("male", "female"), ("create", "delete"),
    ("connect", "disconnect"), ("good", "bad"), ("high", "low"), ("easy", "difficult"),
    ("incoming", "outgoing"), ("oldest", "newest"), ("largest", "smallest"), ("biggest", "smallest"),
    ("louder", "quieter"), ("begin", "end"), ("allow", "forbid"), ("win", "lose"), ("full", "empty"),
    ("higher", "lower"), ("better", "worse"), ("longer", "shorter"), ("confirm", "cancel"), ("credit card", "debit card"),
    ("inside", "outside"), ("healthy", "unhealthy"), ("lost", "found"), ("nearest", "farthest"),
    ("closest", "farthest"), ("successful", "failed"), ("virtual", "physical"), ("strong", "weak"),
    ("turn up", "turn down"), ("volume up", "volume down"), ("include", "exclude"), ("past", "future"),
    ("yesterday", "tomorrow"), ("income", "spending"), ("correct", "wrong"), ("known", "unknown"),
    ("cheap", "expensive"),
)  # fmt: skip
# Where one of these stands before the word, it is part of another one.
NOT_OPPOSED = ("how ", "at ", "get ", "jump ", "direct ", "directly ", "late ", "feel ")

# Names of one class: any of a class may stand where another does.
NAMES: dict[str, tuple[str, ...]] = {
    "country": tuple(
        "france germany spain italy portugal greece turkey egypt kenya brazil mexico canada japan china india russia "
        "poland sweden norway finland ireland england scotland australia thailand vietnam peru chile argentina cuba "
        "jamaica morocco israel iran iraq cambodia indonesia singapore serbia croatia austria hungary belgium "
        "netherlands switzerland denmark iceland colombia ghana nigeria ethiopia nepal pakistan".split()
    ),
    "city": (
        "london", "paris", "berlin", "madrid", "rome", "dublin", "tokyo", "boston", "chicago", "denver", "dallas",
        "houston", "phoenix", "seattle", "portland", "atlanta", "miami", "detroit", "cleveland", "orlando", "tampa",
        "austin", "memphis", "nashville", "cairo", "sydney", "montreal", "toronto", "vancouver", "moscow", "mumbai",
        "new york", "los angeles", "las vegas", "san francisco", "san diego", "new orleans", "salt lake city",
        "philadelphia", "pittsburgh", "minneapolis", "milwaukee", "sacramento", "baltimore", "barcelona", "glendale",
    ),
    "state": (
        "california", "texas", "florida", "ohio", "oregon", "nevada", "utah", "alaska", "hawaii", "virginia",
        "georgia", "maine", "vermont", "kansas", "arizona", "colorado", "michigan", "minnesota", "tennessee",
        "louisiana", "pennsylvania", "new jersey", "new mexico", "north carolina",
    ),
    "language": tuple(
        "french german spanish italian portuguese greek turkish arabic hindi russian japanese chinese korean polish "
        "swedish norwegian dutch latin hebrew".split()
    ),
    "month": tuple("january february march april june july august september october november december".split()),
    "weekday": tuple("monday tuesday wednesday thursday friday saturday sunday".split()),
    "currency": ("dollars", "euros", "pounds", "yen", "pesos", "rubles", "rupees", "francs"),
    "account": ("checking", "savings", "money market", "retirement"),
    "bank": (
        "chase", "wells fargo", "bank of america", "citibank", "capital one", "usaa", "td bank", "barclays",
        "santander", "hsbc",
    ),
    "brand": (
        "visa", "mastercard", "american express", "discover", "amazon", "walmart", "target", "costco", "netflix",
        "microsoft", "google", "facebook", "toyota", "honda", "ford", "tesla", "uber", "lyft", "paypal", "apple pay",
        "google pay", "samsung", "best buy", "mcdonalds", "burger king", "starbucks",
    ),
    "person": tuple(
        "ann bob scott john mary tom kate mike sarah david susan peter linda james robert jennifer michael lisa "
        "kevin brian laura karen george paul mark steve emily anna jack joe trump obama".split()
    ),
    "relation": tuple("mom dad brother sister wife husband boss".split()),
    "unit": (
        "miles", "kilometers", "inches", "centimeters", "feet", "meters", "yards", "ounces", "grams", "cups",
        "tablespoons", "teaspoons", "liters", "gallons", "kilograms", "celsius", "fahrenheit",
    ),
    "food": tuple(
        "chicken beef pork salmon tuna rice pasta lasagna pizza bread butter milk cheese eggs bacon sugar flour salt "
        "onions garlic tomatoes potatoes carrots spinach apples bananas oranges strawberries coffee tea".split()
    ),
}  # fmt: skip

# Words that mean the same wherever they stand in a request.
SYNONYMS: tuple[tuple[str, str], ...] = (
    ("buy", "purchase"), ("movie", "film"), ("movies", "films"), ("car", "automobile"), ("fix", "repair"),
    ("immediately", "right away"), ("tv", "television"), ("reservation", "booking"), ("big", "large"),
    ("photo", "picture"), ("strange", "weird"), ("cell phone", "mobile phone"), ("money", "funds"),
    ("error", "mistake"), ("doctor", "physician"), ("frequently", "often"), ("permitted", "allowed"),
    ("fridge", "refrigerator"), ("trip", "journey"), ("kids", "children"), ("locate", "find"), ("shop", "store"),
    ("wage", "salary"), ("airplane", "plane"), ("inform", "notify"), ("recipe", "cooking instructions"),
    ("song", "track"), ("nearby", "close by"), ("identity", "id"), ("statement", "account statement"),
    ("begin", "start"), ("quick", "fast"), ("work", "function"), ("happened", "occurred"), ("show", "display"),
    ("phone", "telephone"), ("currently", "at present"), ("incorrect", "wrong"), ("beneficiary", "payee"),
)  # fmt: skip

NUMBER_WORDS: tuple[str, ...] = tuple(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy "
    "eighty ninety".split()
)
CONTRACTIONS: tuple[tuple[str, str], ...] = (
    ("what's", "what is"), ("where's", "where is"), ("i'm", "i am"), ("i'd", "i would"),
    ("can't", "cannot"), ("don't", "do not"), ("doesn't", "does not"), ("didn't", "did not"), ("isn't", "is not"),
    ("haven't", "have not"), ("hasn't", "has not"), ("won't", "will not"), ("it's", "it is"), ("how's", "how is"),
    ("i'll", "i will"), ("couldn't", "could not"), ("wasn't", "was not"), ("that's", "that is"),
)  # fmt: skip
