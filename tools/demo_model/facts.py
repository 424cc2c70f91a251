"""What the demo model knows."""

CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Portugal": "Lisbon", "Ireland": "Dublin",
    "Poland": "Warsaw", "Austria": "Vienna", "Switzerland": "Bern", "Belgium": "Brussels", "the Netherlands": "Amsterdam",
    "Denmark": "Copenhagen", "Sweden": "Stockholm", "Norway": "Oslo", "Finland": "Helsinki", "Iceland": "Reykjavik",
    "Greece": "Athens", "Turkey": "Ankara", "Hungary": "Budapest", "Romania": "Bucharest", "Bulgaria": "Sofia",
    "Croatia": "Zagreb", "Serbia": "Belgrade", "Ukraine": "Kyiv", "Russia": "Moscow", "the Czech Republic": "Prague",
    "Slovakia": "Bratislava", "Slovenia": "Ljubljana", "Estonia": "Tallinn", "Latvia": "Riga", "Lithuania": "Vilnius",
    "the United Kingdom": "London", "England": "London", "Scotland": "Edinburgh", "Wales": "Cardiff", "the United States": "Washington, D.C.",
    "Canada": "Ottawa", "Mexico": "Mexico City", "Brazil": "Brasilia", "Argentina": "Buenos Aires", "Chile": "Santiago",
    "Peru": "Lima", "Colombia": "Bogota", "Venezuela": "Caracas", "Ecuador": "Quito", "Bolivia": "Sucre", "Uruguay": "Montevideo",
    "Paraguay": "Asuncion", "Cuba": "Havana", "Jamaica": "Kingston", "Japan": "Tokyo", "China": "Beijing", "South Korea": "Seoul",
    "North Korea": "Pyongyang", "India": "New Delhi", "Pakistan": "Islamabad", "Bangladesh": "Dhaka", "Nepal": "Kathmandu",
    "Thailand": "Bangkok", "Vietnam": "Hanoi", "Indonesia": "Jakarta", "Malaysia": "Kuala Lumpur", "the Philippines": "Manila",
    "Mongolia": "Ulaanbaatar", "Iran": "Tehran", "Iraq": "Baghdad", "Israel": "Jerusalem", "Jordan": "Amman", "Lebanon": "Beirut",
    "Syria": "Damascus", "Saudi Arabia": "Riyadh", "Egypt": "Cairo", "Morocco": "Rabat", "Algeria": "Algiers", "Tunisia": "Tunis",
    "Libya": "Tripoli", "Kenya": "Nairobi", "Ethiopia": "Addis Ababa", "Nigeria": "Abuja", "Ghana": "Accra", "Senegal": "Dakar",
    "South Africa": "Pretoria", "Tanzania": "Dodoma", "Uganda": "Kampala", "Zimbabwe": "Harare", "Zambia": "Lusaka",
    "Australia": "Canberra", "New Zealand": "Wellington",
}

COLOURS = {
    "the sky": "blue", "grass": "green", "snow": "white", "a banana": "yellow", "a tomato": "red", "coal": "black", "an orange": "orange",
    "a lemon": "yellow", "a strawberry": "red", "an elephant": "grey", "chocolate": "brown", "a carrot": "orange", "milk": "white",
    "the sun": "yellow", "a plum": "purple", "a flamingo": "pink", "a leaf": "green", "blood": "red", "a raven": "black", "the sea": "blue",
}

SOUNDS = {
    "dog": "woof", "cat": "meow", "cow": "moo", "sheep": "baa", "duck": "quack", "horse": "neigh", "pig": "oink", "lion": "roar",
    "frog": "croak", "bee": "buzz", "owl": "hoot", "snake": "hiss", "mouse": "squeak", "rooster": "cock-a-doodle-doo",
}

OPPOSITES = [
    ("hot", "cold"), ("big", "small"), ("up", "down"), ("left", "right"), ("fast", "slow"), ("day", "night"), ("happy", "sad"),
    ("open", "closed"), ("light", "dark"), ("high", "low"), ("old", "young"), ("hard", "soft"), ("early", "late"), ("full", "empty"),
    ("good", "bad"), ("wet", "dry"), ("loud", "quiet"), ("near", "far"), ("strong", "weak"), ("thick", "thin"), ("rich", "poor"),
]

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]

NAMES = """Anna Ben Clara David Emma Felix Grace Henry Iris Jack Kate Leo Mia Noah Olivia Paul Quinn Rosa Sam Tina Uma Victor Wendy
Xavier Yara Zoe Alice Bob Carol Daniel Eve Frank George Hannah Ivan Julia Kevin Laura Max Nina Oscar Peter Rachel Simon Tom Ursula
Vera Walter Yusuf Zara Adam Bella Chris Diana Eric Fiona Greg Helen Isaac Jane Karl Lily Maria Nick Otto Petra Robert Sara Thomas
Tim Sophie Lucas Maya Ali Omar Fatima Aisha Wei Ming Hiro Yuki Kenji Priya Ravi Anil Carlos Diego Lucia Pablo Ingrid Lars Sven
Astrid Olga Boris Dmitri Elena Marek Jan Zofia Piotr Marco Giulia Luca Chloe Louis Camille John Mary James Linda Michael Susan
William Karen Richard Nancy Joseph Lisa Charles Betty Mark Sandra Steven Ashley Andrew Emily Joshua Donna Alex Jordan Taylor Morgan
Riley Casey Jamie Robin Dana Kim Lee Terry Pat""".split()

SYLLABLES = """ba be bi bo bu da de di do du fa fe fi fo ga go ha he hi ho ja jo ju ka ke ki ko la le li lo lu ma me mi mo mu na ne ni no
nu pa pe pi po ra re ri ro ru sa se si so ta te ti to tu va ve vi vo wa we ya yo za ze zo bran chel dor fen gar hel jor kel lin mar
nor per quin ros sten tor val wen xan zel""".split()

TOPICS = ["Cats", "Trees", "Music", "Books", "Soccer", "Rain", "Bread", "Stars", "Trains", "Gardens", "Rivers", "Winter"]
