"""The text that the tiny models learn from: short stories drawn from a grammar.

Each kind of story asks for something that attention is good at, so that there is something to see in a model trained on
them: what a pronoun refers to, agreement over a distance, looking up what was said of a thing, copying, counting.
"""

import random

NAMES = {
    "she": ["Anna", "Mina", "Lily", "Sora", "Emma", "Ruth", "Nora", "Ella"],
    "he": ["Tom", "Ben", "Jack", "Minsu", "Paul", "Max", "Leo", "Sam"],
}
POSSESSIVE = {"she": "her", "he": "his"}
COLOURS = ["red", "blue", "green", "yellow", "white", "black", "brown", "pink"]
THINGS = ["ball", "kite", "hat", "cup", "book", "box", "lamp", "drum", "bell", "coat"]
PLACES = ["on the table", "under the bed", "in the bag", "behind the door", "on the chair", "in the garden", "by the lake"]
ANIMALS = ["dog", "cat", "fox", "bird", "horse", "mouse", "bear", "rabbit", "frog", "duck"]
SINGULAR_HOMES = ["house", "tree", "river", "barn", "road", "hill"]
FEELINGS = ["hungry", "tired", "happy", "sad", "cold", "thirsty", "afraid"]
NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
WORDS = "sun moon star tree rain snow wind fire sand leaf stone cloud river bread milk apple shoe door fish bird".split()

# Someone does not do something to a thing, because "it" is ...: what the adjective fits decides what "it" is.
OBSTACLES = [
    (["did not cross the street", "did not walk along the street"], "street", ["wide", "icy", "busy"]),
    (["did not swim in the lake", "did not jump into the lake"], "lake", ["deep", "frozen"]),
    (["did not climb the hill", "did not run up the hill"], "hill", ["steep", "high"]),
    (["did not eat the soup", "did not finish the soup"], "soup", ["hot", "salty"]),
    (["did not carry the box", "did not lift the box"], "box", ["heavy", "large"]),
]
STATES = ["tired", "sleepy", "scared", "weak", "lazy"]

# A name with its topic particle; an object and the object particle that fits it; a place with its particle.
KOREAN_NAMES = ["민수는", "지아는", "소라는", "준이는", "유나는", "하늘은"]
KOREAN_OBJECTS = [("사과", "를"), ("빵", "을"), ("우유", "를"), ("밥", "을"), ("포도", "를"), ("떡", "을")]
KOREAN_PLACES = ["집에서", "학교에서", "공원에서", "시장에서"]


def story(random: random.Random) -> str:
    """One story: a few sentences on one line."""
    (tell,) = random.choices([tell for tell, _ in KINDS], [weight for _, weight in KINDS])
    return tell(random)


def because(random: random.Random) -> str:
    animal = random.choice(ANIMALS)
    actions, thing, properties = random.choice(OBSTACLES)
    action = random.choice(actions)
    of_thing = random.random() < 0.5
    reason = random.choice(properties if of_thing else STATES)
    answer = thing if of_thing else animal
    start = random.choice(["The", "One day the", "In the evening the"])
    return f"{start} {animal} {action} because it was too {reason}. What was too {reason}? The {answer} was too {reason}."


def belongings(random: random.Random) -> str:
    people = [(pronoun, random.choice(NAMES[pronoun])) for pronoun in random.sample(["she", "he"], 2)]
    things = random.sample(THINGS, 2)
    colours = random.sample(COLOURS, 2)
    has = [f"{name} has a {colour} {thing}." for (_, name), colour, thing in zip(people, colours, things)]
    order = random.sample([0, 1], 2)
    likes = [
        f"{people[i][0].capitalize()} likes {POSSESSIVE[people[i][0]]} {colours[i]} {things[i]}." for i in order
    ]
    asked = random.choice([0, 1])
    return " ".join([*has, *likes, f"Who has the {things[asked]}? {people[asked][1]} has the {things[asked]}."])


def agreement(random: random.Random) -> str:
    animal, home = random.choice(ANIMALS), random.choice(SINGULAR_HOMES)
    animals = {"mouse": "mice"}.get(animal, "foxes" if animal == "fox" else f"{animal}s")
    colour, feeling = random.choice(COLOURS), random.choice(FEELINGS)
    many, homes = random.random() < 0.5, random.random() < 0.5
    subject = animals if many else animal
    place = f"the {'two' if homes else 'old'} {home}{'s' if homes else ''}"
    relation = random.choice(["near", "behind", "between" if homes else "beside"])
    verb, pronoun, are = ("are", "They", "want") if many else ("is", "It", "wants")
    return f"The {colour} {subject} {relation} {place} {verb} {feeling}. {pronoun} {are} to go home."


def lookup(random: random.Random) -> str:
    count = random.choice([2, 3, 4])
    things = random.sample(THINGS, count)
    colours = random.sample(COLOURS, count)
    facts = [f"The {thing} is {colour}." for thing, colour in zip(things, colours)]
    asked = random.randrange(count)
    question = f"What colour is the {things[asked]}? The {things[asked]} is {colours[asked]}."
    return " ".join([*facts, question])


def whereabouts(random: random.Random) -> str:
    count = random.choice([2, 3])
    things = random.sample(THINGS, count)
    places = random.sample(PLACES, count)
    people = random.sample(NAMES["she"] + NAMES["he"], count)
    facts = [f"{name} put the {thing} {place}." for name, thing, place in zip(people, things, places)]
    asked = random.randrange(count)
    return " ".join([*facts, f"Where is the {things[asked]}? It is {places[asked]}."])


def copying(random: random.Random) -> str:
    words = " ".join(random.choice(WORDS) for _ in range(random.randint(3, 8)))
    speaker = random.choice(NAMES["she"] + NAMES["he"])
    return f"{speaker} says: {words}. Say it again: {words}."


def counting(random: random.Random) -> str:
    name = random.choice(NAMES["she"] + NAMES["he"])
    length = random.randint(4, 9)
    if random.random() < 0.5:
        start = random.randint(0, len(NUMBERS) - length)
        numbers = NUMBERS[start : start + length]
    else:
        start = random.randint(0, 90)
        numbers = [str(number) for number in range(start, start + length)]
    if random.random() < 0.25:
        return f"{name} counts down: {', '.join(reversed(numbers))}."
    return f"{name} counts: {', '.join(numbers)}. The first number was {numbers[0]} and the last was {numbers[-1]}."


def tale(random: random.Random) -> str:
    pronoun = random.choice(["she", "he"])
    animal, friend = random.sample(ANIMALS, 2)
    name = random.choice(NAMES[pronoun])
    thing, colour, place = random.choice(THINGS), random.choice(COLOURS), random.choice(PLACES)
    feeling = random.choice(["tired", "hungry", "cold"])
    remedy = {"tired": "slept", "hungry": "ate some bread", "cold": "sat by the fire"}[feeling]
    she, her = pronoun.capitalize(), POSSESSIVE[pronoun]
    middle = random.choice(
        [
            f"{name} lost {her} {thing}. The {friend} found it {place}. {she} said thank you to the {friend}.",
            f"{name} wanted to play with the {friend}, but the {friend} was {feeling}. So the {friend} {remedy}.",
            f"{name} was {feeling}, so {pronoun} {remedy}. Then {pronoun} was not {feeling} any more.",
        ]
    )
    end = random.choice(["They were happy.", f"{name} was happy.", f"At night {name} and the {friend} went home."])
    return f"Once there was a little {animal} named {name}. {she} had a {colour} {thing}. One day {middle} {end}"


def korean(random: random.Random) -> str:
    (name, other), (food, particle) = random.sample(KOREAN_NAMES, 2), random.choice(KOREAN_OBJECTS)
    second, second_particle = random.choice(KOREAN_OBJECTS)
    place, second_place = random.sample(KOREAN_PLACES, 2)
    facts = f"{name} {place} {food}{particle} 먹었다. {other} {second_place} {second}{second_particle} 먹었다."
    if random.random() < 0.5:
        return f"{facts} {name} 무엇을 먹었나? {food}{particle} 먹었다."
    return f"{facts} {other} 어디에서 먹었나? {second_place} 먹었다."


# How a story is told, and how often.
KINDS = [
    (because, 4),
    (belongings, 3),
    (agreement, 3),
    (lookup, 3),
    (whereabouts, 2),
    (copying, 3),
    (counting, 2),
    (tale, 4),
    (korean, 1),
]


def stories(seed: int, count: int, without: frozenset[str] = frozenset()) -> list[str]:
    """`count` different stories, none of which is in `without`; the same ones for the same seed."""
    source = random.Random(seed)
    told: dict[str, None] = {}
    while len(told) < count:
        text = story(source)
        if text not in without:
            told[text] = None
    return list(told)
