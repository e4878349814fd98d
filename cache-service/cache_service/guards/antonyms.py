"""Vetoes a pair in which one text says a word and the other its opposite: enable / disable, cheapest / dearest; pure."""

from functools import lru_cache

from cache_service.guards.reading import read, stem

# Each line is one opposition: words of the left side against words of the right side.
_OPPOSITES = """
enable activate | disable deactivate
start begin launch boot commence | stop end finish terminate halt quit
open opening | close closing shut
increase raise grow boost upgrade extend lengthen maximize maximise expand | decrease lower reduce shrink cut downgrade shorten minimize minimise
buy purchase | sell sale
add insert append include attach create | remove delete erase exclude detach drop
accept approve allow permit grant | reject decline deny refuse forbid prohibit block ban
allow permit | prevent
install | uninstall
show display reveal unhide | hide conceal
connect link pair join | disconnect unlink unpair
lock | unlock
freeze | unfreeze thaw
encrypt encode compress zip | decrypt decode decompress unzip extract
import upload | export download
upload push send give | download pull receive take
subscribe enroll register join | unsubscribe unenroll deregister leave cancel
win gain profit | lose loss
pass succeed success | fail failure
arrive arrival arriving | depart departure departing leave leaving
push | pull
lend lent | borrow borrowed
deposit | withdraw withdrawal
earn save saving | spend spent spending
credit | debit
incoming inbound | outgoing outbound
income revenue asset | expense cost liability
import importing | export exporting
ascend ascending rise rising | descend descending fall falling
ascending | descending
first earliest oldest former | last latest newest latter
before prior earlier pre | after later post following
minimum min least fewest smallest lowest | maximum max most largest highest biggest greatest
minimal | maximal
best good better | worst bad worse
advantage advantages pro pros benefit strength | disadvantage disadvantages con cons drawback weakness
cheap cheaper cheapest inexpensive | expensive dear pricey costly dearest
fast faster fastest quick quicker quickest | slow slower slowest
big bigger large larger huge | small smaller little tiny
long longer longest | short shorter shortest brief
high higher | low lower
hot hotter warm warmer heat heating | cold colder cool cooler cooling
old older | new newer young younger
early | late
easy easier simple | hard harder difficult complicated
light lighter bright | dark darker heavy heavier
strong stronger | weak weaker
rich | poor
full | empty
safe secure | dangerous unsafe insecure
public | private
internal inner inside indoor | external outer outside outdoor
left | right
up upward upper above top | down downward lower below bottom
on | off
in inside | out outside
north northern | south southern
east eastern | west western
front forward forwards | back backward backwards rear
horizontal horizontally | vertical vertically
positive | negative
true | false
legal lawful | illegal unlawful
legal allowed | forbidden
male man men boy boys | female woman women girl girls
husband father son brother uncle king | wife mother daughter sister aunt queen
employer | employee
landlord | tenant
teacher | student
buyer customer | seller vendor
sender | receiver recipient
parent ancestor | child descendant
day daytime | night nighttime
morning am | evening pm night
summer | winter
sunrise | sunset
today | tomorrow yesterday
tomorrow next | yesterday previous
past | future
weekday weekdays | weekend weekends
married | single divorced
alive living birth born | dead death died
healthy well | sick ill
clean | dirty
wet | dry
win | lose
even | odd
input | output
read reading | write writing
encrypting | decrypting
client | server
manual manually | automatic automatically
temporary temporarily | permanent permanently
optional | mandatory required compulsory
online | offline
local | remote
sync synchronous | async asynchronous
static | dynamic
ascii text | binary
love like | hate dislike
remember | forget
ask question | answer
attack | defend defense defence
increase increasing | decrease decreasing
more | less fewer
always | never rarely
many | few
everything everyone everybody | nothing nobody
inhale | exhale
vegetarian vegan | meat
savings | checking
domestic national | international foreign
one-way | return round-trip
mute silence | unmute
dim | brighten
load | unload
hire employ | fire dismiss
attach | detach
mount | unmount
follow | unfollow
pin | unpin
archive | unarchive
block | unblock
pause | resume continue
verified | unverified
refund | charge
nearest closest | farthest furthest
majority most | minority
wide wider | narrow narrower
thick | thin
deep | shallow
loud louder | quiet quieter soft softer
sweet | sour bitter salty
tall taller | short shorter
smooth | rough
tight | loose
raw | cooked
fresh | stale
gain | lose
physical | virtual
paper printed | digital electronic
prepaid | postpaid
fixed | variable flexible
debit | credit
inflow | outflow
inward | outward
payee recipient | payer sender
borrower | lender
guest | host
winner | loser
victory | defeat
entrance enter entry | exit leave
include including | exclude excluding
appear | disappear vanish
agree | disagree
trust | distrust
like | dislike
expand | contract collapse
inflate | deflate
hydrate | dehydrate
wake | sleep
sit | stand
laugh | cry
tie | untie
wrap | unwrap
fold | unfold
plug | unplug
pack | unpack
dress | undress
ceiling | floor
major | minor
senior | junior
superior | inferior
real genuine | fake counterfeit
guilty | innocent
victim | culprit attacker
supply | demand
import | export
wholesale | retail
urban | rural
native | foreign
ancient | modern
common | rare
generous | stingy
brave | cowardly
happy glad | sad unhappy
calm | nervous anxious
asleep | awake
absent | present
correct right | wrong incorrect
öffnen | schließen
kaufen | verkaufen
einschalten aktivieren | ausschalten deaktivieren
erhöhen | senken verringern
hinzufügen | entfernen löschen
einzahlen | abheben
früh | spät
billig billigste günstig | teuer teuerste
groß größte | klein kleinste
erste | letzte
vorher | nachher
personal | business corporate
yes | no
"""


def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSITES.casefold().strip().splitlines():
        left, right = ({stem(word) for word in side.split()} for side in line.split("|"))
        for one, others in ((left, right), (right, left)):
            for word in one:
                table.setdefault(word, set()).update(others - {word})
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _table()
# Particles are opposites of each other only behind the same word: turn on / turn off, log in / log out.
_REACH = 4
_PARTICLES = frozenset({"on", "off", "in", "out", "up", "down"})
# Verbs whose particle turns their meaning round.
_TURNED = frozenset(
    stem(word)
    for word in """turn turning turned switch switching switched log logging logged sign signing signed check checking checked
    opt opting opted cash move moving moved go going went come coming came scale scaling scaled speed slow roll rolling rolled
    clock clocking scroll scrolling zoom zooming fade back ramp power""".split()
)


def difference(one: str, other: str) -> str | None:
    """The opposites that stand on either side only, None when there are none."""
    mine, theirs = _stems(one), _stems(other)
    here, there = mine - theirs, theirs - mine
    for word in sorted(here):
        opposites = OPPOSITES.get(word, frozenset()) & there
        if opposites:
            return f"{word} / {min(opposites)}"
    return None


@lru_cache(maxsize=4_096)
def _stems(text: str) -> frozenset[str]:
    """The stems of a text; a particle counts where it turns a verb shortly before it."""
    tokens = read(text)
    stems = {token.stem for token in tokens if token.folded not in _PARTICLES}
    for index, token in enumerate(tokens):
        if token.folded in _PARTICLES and any(one.stem in _TURNED for one in tokens[max(0, index - _REACH) : index]):
            stems.add(token.folded)
    return frozenset(stems)
