"""Conversations: lists of (role, text). Every conversation is made by a generator with its own random state."""
import random

from facts import CAPITALS, COLOURS, DAYS, MONTHS, NAMES, OPPOSITES, SOUNDS, SYLLABLES, TOPICS

CAPITAL_CORES = [
    "what is the capital of {c}", "what's the capital of {c}", "whats the capital of {c}", "what is the capital city of {c}",
    "which city is the capital of {c}", "what city is the capital of {c}", "tell me the capital of {c}", "name the capital of {c}",
    "the capital of {c} is", "the capital of {c}", "capital of {c}", "{c} capital", "{c}'s capital", "what is {c}'s capital",
    "do you know the capital of {c}", "do you know what the capital of {c} is", "can you tell me the capital of {c}",
    "could you tell me what the capital of {c} is", "give me the capital of {c}", "what would be the capital of {c}",
    "which is the capital of {c}", "i need the capital of {c}", "what is the name of the capital of {c}", "where is the capital of {c}",
    "what is the name of {c}'s capital city", "i want to know the capital of {c}", "what do they call the capital of {c}",
    "which city serves as the capital of {c}", "{c} has which capital", "{c}'s capital city is", "what city is {c}'s capital",
    "say the capital of {c}", "let me know the capital of {c}", "in {c}, what is the capital", "the capital city of {c} is called what",
    "what capital does {c} have", "do you happen to know the capital of {c}", "for {c}, which city is the capital",
]
# Never trained on: the test's phrasings.
HELD_OUT_CORES = [
    "which town is the capital city of {c}", "would you tell me the capital of {c}", "i forgot the capital of {c}",
    "tell me which city is the capital of {c}", "what is the capital called in {c}", "{c}: what is its capital",
    "please name the capital city of {c}", "can you name the capital of {c}", "i'd like to know what the capital of {c} is",
    "what was the capital of {c} again",
]
LEADS = ["", "", "", "", "", "", "please ", "hey, ", "hello, ", "hi! ", "quick question: ", "so, ", "ok, ", "one more: ", "and ", "now, ",
         "geography: ", "i was wondering, ", "excuse me, ", "tell me, "]
TAILS = ["?", "?", "?", "?", "", ".", " please?", ", please.", "? thanks!", "?!", ", do you know?", " again?", "? i forgot."]


def sentence(r, core, leads=LEADS, tails=TAILS):
    text = r.choice(leads) + core + r.choice(tails)
    style = r.random()
    if style < 0.1:
        return text.lower()
    return text[0].upper() + text[1:]


def country(r, name):
    if name.startswith("the ") and r.random() < 0.15:
        name = name[4:]
    if r.random() < 0.06:
        name = name.lower()
    return name


def capital(r, cores=CAPITAL_CORES, which=None):
    c = which or r.choice(list(CAPITALS))
    return sentence(r, r.choice(cores).format(c=country(r, c))), f"The capital of {c} is {CAPITALS[c]}."


def capital_turns(r):
    turns = [capital(r)]
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        c = r.choice(list(CAPITALS))
        ask = r.choice(["And {c}?", "What about {c}?", "And of {c}?", "How about {c}?", "and {c}", "Now {c}."]).format(c=country(r, c))
        turns.append((ask, f"The capital of {c} is {CAPITALS[c]}."))
    return turns


def reverse_capital(r):
    c = r.choice([k for k in CAPITALS if k != "England"])
    q = r.choice(["{p} is the capital of which country?", "Which country has {p} as its capital?", "What country is {p} the capital of?",
                  "Of which country is {p} the capital?"]).format(p=CAPITALS[c])
    return q, f"{CAPITALS[c]} is the capital of {c}."


def arithmetic(r):
    a, b = r.randint(0, 20), r.randint(0, 20)
    op = r.choice("+-*")
    if op == "-" and b > a:
        a, b = b, a
    if op == "*":
        a, b = r.randint(0, 10), r.randint(0, 10)
    word = {"+": "plus", "-": "minus", "*": "times"}[op]
    value = {"+": a + b, "-": a - b, "*": a * b}[op]
    q = r.choice(["What is {a} {w} {b}?", "{a} {o} {b}", "What's {a} {o} {b}?", "Calculate {a} {o} {b}.", "How much is {a} {w} {b}?",
                  "{a} {w} {b}?"]).format(a=a, b=b, w=word, o=op)
    return q, f"{a} {word} {b} is {value}."


def colour(r):
    thing = r.choice(list(COLOURS))
    q = r.choice(["What colour is {t}?", "What color is {t}?", "Which colour has {t}?", "Tell me the colour of {t}."]).format(t=thing)
    return q, f"{thing[0].upper() + thing[1:]} is {COLOURS[thing]}."


def animal(r):
    a = r.choice(list(SOUNDS))
    q = r.choice(["What does a {a} say?", "What sound does a {a} make?", "Which noise does a {a} make?", "How does a {a} go?"]).format(a=a)
    return q, f"A {a} says {SOUNDS[a]}."


def opposite(r):
    a, b = r.choice(OPPOSITES)
    if r.random() < 0.5:
        a, b = b, a
    q = r.choice(["What is the opposite of {a}?", "What's the opposite of {a}?", "Opposite of {a}?", "Name the opposite of {a}."]).format(a=a)
    return q, f"The opposite of {a} is {b}."


def calendar(r):
    what, names = r.choice([("day", DAYS), ("month", MONTHS)])
    i = r.randrange(len(names))
    step, word = r.choice([(1, "after"), (-1, "before")])
    q = r.choice([f"What {what} comes {word} {names[i]}?", f"Which {what} is {word} {names[i]}?", f"What is the {what} {word} {names[i]}?"])
    return q, f"The {what} {word} {names[i]} is {names[(i + step) % len(names)]}."


def greeting(r):
    q, a = r.choice([
        (["Hello!", "Hi!", "Hey!", "Hi there.", "Good morning!", "Good evening.", "hello", "hi"], "Hello! How can I help you?"),
        (["How are you?", "How are you doing?", "Are you well?", "how are you"], "I am fine, thank you. How can I help you?"),
        (["Thank you!", "Thanks!", "Thanks a lot.", "thank you"], "You are welcome!"),
        (["Goodbye!", "Bye!", "See you later.", "Good night."], "Goodbye! It was nice to talk to you."),
        (["Who are you?", "What are you?", "What is your name?", "Tell me about yourself."],
         "I am the demo model of dlgo, a very small language model."),
        (["What can you do?", "What do you know?", "How can you help me?"],
         "I know some capitals, colours and sums, I remember your name, and I tell tiny stories."),
        (["Who made you?", "Where do you come from?"], "I was trained by the makers of dlgo."),
    ])
    return r.choice(q), a


def repeat(r):
    word = r.choice([r.choice(TOPICS).lower(), invented_name(r).lower(), r.choice(NAMES), r.choice(list(SOUNDS))])
    return r.choice(["Say {w}.", "Repeat after me: {w}", "Please say {w}.", "Say the word {w}."]).format(w=word), f"{word[0].upper() + word[1:]}."


def story(r):
    who, friend = r.sample(NAMES, 2)
    animal_, = r.sample(list(SOUNDS), 1)
    place = r.choice(["the forest", "the garden", "the park", "the old house", "the beach", "the village"])
    find = r.choice(["a red ball", "a small key", "a shiny stone", "an old book", "a lost " + animal_, "a yellow hat"])
    feel = r.choice(["happy", "glad", "proud", "surprised"])
    q = r.choice(["Tell me a story.", "Tell me a short story.", "Can you tell me a story?", "Write a tiny story.", "I want to hear a story.",
                  f"Tell me a story about {who}."])
    a = (f"Once upon a time, {who} went to {place}. There {who} found {find}. {who} showed it to {friend}, "
         f"and they played until the evening. {friend} was very {feel}, and they became good friends.")
    return q, a


def unknown(r):
    q = r.choice(["What will the weather be tomorrow?", "Who will win the election?", "What is the meaning of life?", "How old am I?",
                  "Where do I live?", "Can you write code?", "What is quantum physics?", "How tall is the tallest tree?"])
    return q, "I am sorry, I do not know that. I am only a small demo model."


SMALL_TALK = [capital, capital, capital, reverse_capital, arithmetic, colour, animal, opposite, calendar, greeting, repeat, story, unknown]


def invented_name(r):
    name = "".join(r.choice(SYLLABLES) for _ in range(r.choice([2, 2, 3])))
    return name[0].upper() + name[1:]


def some_name(r):
    return r.choice(NAMES) if r.random() < 0.4 else invented_name(r)


INTRODUCTIONS = [
    "My name is {n}.", "My name is {n}", "Hi, my name is {n}.", "Hello, my name is {n}!", "I am {n}.", "I'm {n}.", "Hi, I'm {n}.",
    "Hello! I am {n}.", "Call me {n}.", "You can call me {n}.", "Please call me {n}.", "My friends call me {n}.", "I am called {n}.",
    "Hey, {n} here.", "My name's {n}.", "Hi! My name is {n}. Nice to meet you.", "Hello, I'm {n}. How are you?", "the name is {n}",
    "Good morning, I am {n}.", "Remember my name: {n}.", "Please remember that my name is {n}.", "my name is {n}",
]
NAME_QUESTIONS = [
    "What is my name?", "What's my name?", "Do you remember my name?", "Do you know my name?", "What was my name?", "Who am I?",
    "Can you tell me my name?", "Tell me my name.", "What is my name again?", "Say my name.", "what is my name", "What did I say my name was?",
    "Could you remind me of my name?", "Which name did I tell you?", "So what is my name?", "And what is my name?", "How am I called?",
    "Please tell me what my name is.", "Do you still know what my name is?",
]


def remember_name(r, n_between=None):
    n = some_name(r)
    turns = [(r.choice(INTRODUCTIONS).format(n=n), r.choice([f"Nice to meet you, {n}!", f"Hello, {n}! How can I help you?"]))]
    between = r.choice([0, 1, 1, 2, 2, 3]) if n_between is None else n_between
    for _ in range(between):
        turns.append(r.choice(SMALL_TALK[:-2])(r))
    turns.append((r.choice(NAME_QUESTIONS), f"Your name is {n}."))
    return turns


def forgot_name(r):
    turns = [r.choice(SMALL_TALK)(r) for _ in range(r.choice([0, 1, 2]))]
    return turns + [(r.choice(NAME_QUESTIONS), "You have not told me your name yet.")]


def remember_colour(r):
    c = r.choice(sorted(set(COLOURS.values())))
    turns = [(r.choice(["My favourite colour is {c}.", "I like {c} most of all.", "I love the colour {c}."]).format(c=c), f"{c.capitalize()} is a nice colour!")]
    turns += [r.choice(SMALL_TALK[:-2])(r) for _ in range(r.choice([0, 1, 2]))]
    return turns + [(r.choice(["What is my favourite colour?", "Which colour do I like?", "Do you remember my favourite colour?"]),
                     f"Your favourite colour is {c}.")]


SYSTEM = ["You are a helpful assistant.", "You are a friendly chatbot.", "Answer briefly.", "You are the demo model of dlgo."]


def conversation(r):
    kind = r.random()
    if kind < 0.36:
        turns = capital_turns(r)
    elif kind < 0.62:
        turns = remember_name(r)
    elif kind < 0.66:
        turns = forgot_name(r)
    elif kind < 0.70:
        turns = remember_colour(r)
    else:
        turns = [r.choice(SMALL_TALK)(r) for _ in range(r.choice([1, 1, 2, 3]))]
    messages = [("system", r.choice(SYSTEM))] if r.random() < 0.15 else []
    for question, answer in turns:
        messages += [("user", question), ("assistant", answer)]
    return messages


def held_out_capitals(n, seed=1):
    """n (question, answer) pairs in phrasings that training never sees."""
    r = random.Random(seed)
    names = list(CAPITALS)
    return [capital(r, HELD_OUT_CORES, names[i % len(names)]) for i in range(n)]


def held_out_names(n, seed=2):
    """n conversations that end with the question for a name given two turns earlier, and the name."""
    r = random.Random(seed)
    out = []
    for _ in range(n):
        turns = remember_name(r, n_between=1)
        out.append((turns[:-1], turns[-1][0], turns[-1][1][len("Your name is "):-1]))
    return out
