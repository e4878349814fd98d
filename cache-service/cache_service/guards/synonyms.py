"""Words that ask the same in place of each other, and words that add nothing to a question; data and look-ups; pure."""

from cache_service.guards.reading import stem

# Each line is one group; a word may stand in several.
_GROUPS = """
buy purchase order get acquire obtain
begin start commence initiate launch
end stop finish terminate
delete remove erase clear discard
change update modify edit alter adjust amend switch
reset change restore recover
fix repair resolve solve troubleshoot correct
make create build generate produce set
get obtain receive acquire find retrieve fetch have
show display give tell list present provide share
see view check look find read
find locate search discover look
send transfer wire move
cancel stop end terminate abort
close cancel terminate shut
use utilize utilise apply employ
help assist aid support
ask inquire request
want need wish like desire
explain describe clarify define
fast quick rapid speedy quickly
big large huge great
small little tiny
good great best nice decent
bad awful terrible poor
happen occur take go
problem issue trouble error fault
mistake error
phone mobile cellphone smartphone cell telephone
phone call ring
picture photo image pic
movie film
car vehicle auto automobile
bike bicycle
tv television
home house
job work occupation
shop store
doctor physician
kid child children kids
cost price charge fee expense rate much
pay spend
money cash funds
bill invoice
mail email e-mail message
message text
company business firm
account acct
information info details data
application app
advertisement ad
password passcode
pin passcode
holiday vacation
weather forecast
temperature weather
road street
route way path directions
location place whereabouts position
near nearby close around
nearest closest
quick fast
expensive pricey costly dear
cheap inexpensive affordable
correct right accurate
wrong incorrect
allowed permitted ok okay
possible able feasible
required needed necessary mandatory
mean meaning definition means
meaning purpose
amount sum total quantity balance
total altogether overall
quantity number
name called named title
arrive come reach
leave depart go
start begin
keep retain hold
lost misplaced missing
stolen taken
broken damaged
declined rejected refused denied
verify confirm validate check
confirm verify
choose select pick
register enroll signup subscribe
install setup
configure setup set
connect link pair
speak talk chat
hear listen
play put start
song track tune music
loud noisy
reply respond answer
remember recall remind
book reserve schedule
reservation booking
meeting appointment event
schedule calendar agenda
plan plans schedule
set create add make put schedule
add include insert put append
wake alarm
turn switch put set
shut turn
activate switch turn
lights light lamp
suggestions ideas
remaining left
teach explain show
instructions steps guide
actual real
enjoy like
paycheck check
due scheduled
steps procedure process
plug outlet socket
trash bin
utilize use
revert return restore back
increase raise
decrease lower reduce
trip journey travel
fly flight
ticket fare
restaurant place eatery
food meal
recipe instructions
ingredients needed
calories caloric calorie
healthy nutritious
gas gasoline petrol fuel
lorry truck
flat apartment
elevator lift
trash garbage rubbish
taxi cab
soccer football
tax taxes
salary income pay paycheck wage
vacation leave pto holiday
limit maximum cap
card credit
statement bill
transaction payment purchase charge
transactions history
top-up topup top
currently now presently
present current
soon shortly
often frequently
usually normally typically generally
approximately about around roughly
often regularly
annually yearly
monthly month
reason cause why
result outcome
difference distinction
advice tips suggestions
recommend suggest propose advise
suggestion recommendation
method way procedure process steps
guide tutorial instructions
example sample instance
kind type sort
part piece
begin beginning start
author writer
wrote authored
created invented founded made
founded established started
located situated found
called known named referred
biggest largest
smallest tiniest
famous known popular
people persons individuals folks
person individual somebody someone
country nation
city town
children kids
woman lady
man guy
film movie
funny hilarious amusing
joke pun
hi hello hey
ask question
issue problem
took taken take
lasted last
shirt tee
currency money
exchange convert swap change
translate translation say
spell spelling
speed pace velocity
carry perform conduct
perform do execute run
execute run
apply application
considered declared deemed regarded treated classed counted
situation case
allow permit let
help support
need require
keep remain stay
before prior
small minor
work function
happen happens
arrive arrival
depart departure
receive receipt
expire expiration expiry
reduce reduction
decide decision
advise advice
analyze analysis analyse
colour color
accept take
identity identification
validation verification validate verify
authorize authorise make
see show have
funds money cash amount
incorrect wrong off
favourite favorite
cheque check
lose loss lost
sell sale sold
buy bought
send sent
spend spent
pay paid
make made
take took
find found
tell told
""".strip().splitlines()
_SAME: dict[str, frozenset[int]] = {}
for _number, _line in enumerate(_GROUPS):
    for _word in _line.split():
        _SAME[stem(_word)] = _SAME.get(stem(_word), frozenset()) | {_number}

# They may come and go without another answer.
FILLERS = frozenset(
    """please pls plz kindly thanks thank thx cheers hi hello hey greetings dear ok okay well so um uh er hmm ah oh right actually basically
    simply just really quite very exactly precisely maybe perhaps somehow currently now presently again also too even still already
    quick quickly question wondering wonder curious know tell let inform say mind advance appreciate appreciated sure possible possibly
    able help assist need want wanna gonna gotta like love wish hope hoping trying try go ahead do does did done doing be being been
    is are am was were get getting got have has had can could would will should shall may might must ever actual able best
    idea any anyone anybody someone somebody thing things stuff way ways out up there here then and or of as about the a an this that
    these those it its what whats how hows exact certain kind sort type bit some bitte danke hallo mal doch eigentlich gerne einfach
    i im ive id me my mine you your u ur we our us one ones to am in on at for with by not no cannot cant dont doesnt didnt isnt arent wasnt
    wont never kann können könnte bitte ich mir mich der die das den dem ein eine einen wie was wo ist sind""".split()
)


def same_meaning(one: str, other: str) -> bool:
    """Whether two stems are of one word, of two that mean the same here, or of one word that was mistyped."""
    if one == other or _SAME.get(one, frozenset()) & _SAME.get(other, frozenset()):
        return True
    return _one_word(one, other)


def _one_word(one: str, other: str) -> bool:
    """Forms that the stems do not bring together: apply / application."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter) and (len(shorter) >= 5 or len(longer) - len(shorter) <= 2)


def mistyped(one: str, other: str) -> bool:
    """Whether one keystroke lies between two words of five letters or more: one left out, added, other or exchanged."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 4 or max(len(one), len(other)) < 5:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    if len(rest) == len(other_rest):
        exchanged = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
        return exchanged or (start > 0 and rest[1:] == other_rest[1:])
    return rest[1:] == other_rest if len(rest) > len(other_rest) else rest == other_rest[1:]
