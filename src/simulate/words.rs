//! The words of an invented outdoor retailer; every company, maker and model name is made up.

/// What kind of searches a campaign collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The retailer's own name.
    Brand,
    /// Products without any name of a maker.
    Generic,
    /// Products of a named maker.
    Makers,
    /// Bargain hunters.
    Sale,
    /// Shops in a town.
    Local,
}

impl Kind {
    /// Kinds in the order in which campaigns are opened for every product line.
    pub(super) const OPENED: [Self; 4] = [Self::Generic, Self::Makers, Self::Sale, Self::Local];

    /// The name in the campaign's title.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brand => "Brand",
            Self::Generic => "Generic",
            Self::Makers => "Makers",
            Self::Sale => "Sale",
            Self::Local => "Local",
        }
    }
}

/// One product line of the shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Name in campaign titles.
    pub(super) name: &'static str,
    /// Products, each an ad group.
    pub(super) products: &'static [&'static str],
    /// Sizes people search for; empty where none apply.
    pub(super) sizes: &'static [&'static str],
    /// Typical order value, account currency.
    pub(super) order_value: f64,
}

const SHOE_SIZES: &[&str] = &[
    "size 36", "size 37", "size 38", "size 39", "size 40", "size 41", "size 42", "size 43", "size 44", "size 45",
    "size 46", "size 47",
];
const CLOTHES_SIZES: &[&str] = &["size xs", "size s", "size m", "size l", "size xl", "size xxl", "tall", "plus size"];
const LITRES: &[&str] = &["15l", "20l", "25l", "30l", "35l", "40l", "50l", "65l"];
const PERSONS: &[&str] = &["1 person", "2 person", "3 person", "4 person", "6 person"];

/// The product lines.
pub(super) const LINES: [Line; 12] = [
    Line {
        name: "Running Shoes",
        products: &[
            "running shoes",
            "trail shoes",
            "trail running shoes",
            "racing flats",
            "running spikes",
            "barefoot shoes",
        ],
        sizes: SHOE_SIZES,
        order_value: 88.0,
    },
    Line {
        name: "Hiking Boots",
        products: &["hiking boots", "hiking shoes", "trekking boots", "winter boots", "approach shoes", "gaiters"],
        sizes: SHOE_SIZES,
        order_value: 112.0,
    },
    Line {
        name: "Jackets",
        products: &["rain jacket", "down jacket", "softshell jacket", "fleece jacket", "hardshell jacket", "parka"],
        sizes: CLOTHES_SIZES,
        order_value: 128.0,
    },
    Line {
        name: "Backpacks",
        products: &["hiking backpack", "day pack", "trekking backpack", "running vest", "travel backpack", "dry bag"],
        sizes: LITRES,
        order_value: 76.0,
    },
    Line {
        name: "Tents",
        products: &["tent", "trekking tent", "family tent", "tarp", "bivy bag", "tent pegs"],
        sizes: PERSONS,
        order_value: 142.0,
    },
    Line {
        name: "Sleeping Bags",
        products: &[
            "sleeping bag",
            "down sleeping bag",
            "sleeping mat",
            "air mattress",
            "camping quilt",
            "sleeping bag liner",
        ],
        sizes: &["3 season", "4 season", "double", "long", "short", "ultralight"],
        order_value: 94.0,
    },
    Line {
        name: "Bike",
        products: &["bike helmet", "cycling shorts", "bike lights", "pannier bags", "cycling gloves", "bike pump"],
        sizes: CLOTHES_SIZES,
        order_value: 54.0,
    },
    Line {
        name: "Fitness",
        products: &["yoga mat", "resistance bands", "dumbbells", "kettlebell", "foam roller", "skipping rope"],
        sizes: &["2 kg", "5 kg", "8 kg", "10 kg", "12 kg", "16 kg", "20 kg", "set"],
        order_value: 41.0,
    },
    Line {
        name: "Swim",
        products: &["swimsuit", "swim goggles", "swim shorts", "wetsuit", "swim cap", "beach towel"],
        sizes: CLOTHES_SIZES,
        order_value: 46.0,
    },
    Line {
        name: "Ski",
        products: &["ski jacket", "ski trousers", "ski goggles", "ski gloves", "ski helmet", "base layer"],
        sizes: CLOTHES_SIZES,
        order_value: 119.0,
    },
    Line {
        name: "Kids",
        products: &["kids rain jacket", "kids hiking boots", "kids running shoes", "school backpack", "kids snowsuit"],
        sizes: &["size 98", "size 104", "size 110", "size 116", "size 122", "size 128", "size 134", "size 140"],
        order_value: 58.0,
    },
    Line {
        name: "Camping",
        products: &["camping stove", "head torch", "water bottle", "camping chair", "cook set", "cool box"],
        sizes: &["small", "large", "compact", "set", "for 2", "for 4"],
        order_value: 49.0,
    },
];

/// The retailer's name as people type it.
pub(super) const SHOP: [&str; 5] = ["nordhang", "nord hang", "nordhang shop", "nordhang store", "nordhang outdoor"];
/// What people look for at the retailer itself.
pub(super) const SHOP_ERRANDS: [&str; 16] = [
    "online",
    "voucher",
    "sale",
    "returns",
    "opening hours",
    "gift card",
    "delivery",
    "reviews",
    "new arrivals",
    "outlet",
    "contact",
    "student discount",
    "free shipping",
    "catalogue",
    "app",
    "newsletter code",
];
/// Makers of outdoor goods.
pub(super) const MAKERS: [&str; 18] = [
    "tarvo", "lumika", "ostrell", "quendo", "havlund", "merivo", "kestora", "windrup", "brantel", "solvika",
    "ferrowen", "altharn", "pikora", "rovanti", "skarvik", "trelune", "vandrix", "yostad",
];
/// Names of models.
pub(super) const MODELS: [&str; 20] = [
    "apex", "gale", "pro 2", "flow", "storm", "lite", "ridge", "x3", "nova", "terra", "peak 500", "aero", "core",
    "summit", "rush", "zenith", "path 4", "cliff", "breeze", "gtx",
];
/// Words in front of a product.
pub(super) const QUALIFIERS: [&str; 16] = [
    "best",
    "buy",
    "good",
    "lightweight",
    "waterproof",
    "comfortable",
    "top rated",
    "sturdy",
    "warm",
    "breathable",
    "sustainable",
    "vegan",
    "order",
    "professional",
    "beginner",
    "wide",
];
/// For whom, and in which color.
pub(super) const VARIANTS: [&str; 18] = [
    "mens",
    "womens",
    "kids",
    "ladies",
    "unisex",
    "black",
    "white",
    "blue",
    "red",
    "green",
    "grey",
    "yellow",
    "orange",
    "pink",
    "navy",
    "olive",
    "beige",
    "turquoise",
];
/// Words behind a product.
pub(super) const SUFFIXES: [&str; 20] = [
    "online",
    "near me",
    "test",
    "review",
    "comparison",
    "2024",
    "2025",
    "for beginners",
    "for women",
    "for men",
    "for kids",
    "with free shipping",
    "buy online",
    "shop",
    "price",
    "on account",
    "for winter",
    "for summer",
    "for travel",
    "gift",
];
/// Words of bargain hunters.
pub(super) const BARGAINS: [&str; 12] = [
    "cheap",
    "discount",
    "outlet",
    "second hand",
    "reduced",
    "clearance",
    "affordable",
    "budget",
    "last season",
    "on sale",
    "special offer",
    "cheapest",
];
/// Towns of the local campaigns; invented, like the retailer.
pub(super) const TOWNS: [&str; 24] = [
    "altmere",
    "bruckfeld",
    "castrova",
    "dornbach",
    "eschental",
    "fairholt",
    "grenzau",
    "hollweiler",
    "ilmstedt",
    "jorvall",
    "karlsee",
    "lindhaven",
    "marwick",
    "neuburgen",
    "oberthal",
    "pellworth",
    "querfurth",
    "rosenau",
    "steinwald",
    "tannhof",
    "ulmenau",
    "vellberg",
    "westerloh",
    "zellmark",
];
/// Regions that split campaigns of large accounts.
pub(super) const REGIONS: [&str; 12] =
    ["North", "South", "East", "West", "Coast", "Alps", "Lakes", "Metro", "Islands", "Valley", "Border", "Export"];
