package dev.assay.tensor;

import dev.assay.HarnessException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The recipes there are. `research` names them D1 to D12; each says what it brings to light.
public final class Fills {
    private Fills() {}

    private static final Pattern TEXT = Pattern.compile("([a-z-]+)(?:\\(([^()]*)\\))?");
    /// The recipe that takes as many parameters as one gives it.
    private static final String VALUES = "values";

    private static final Set<String> OF_ATTENTION = Set.of(
            "peaky",
            "boundary-seeking",
            "uniform-scores",
            "constant-values",
            "one-hot-values",
            "ascending",
            "selecting",
            "poisoned-padding");

    /// A recipe with its parameters' defaults. Its keys come with the site.
    private interface Recipe {
        Fill.Values bind(List<Double> p, Fill.Site site);
    }

    private record Entry(String purpose, List<Double> defaults, Recipe recipe) {}

    private static final Map<String, Entry> RECIPES = new TreeMap<>(Map.ofEntries(
            entry("normal", "full-mantissa values around a mean: mean, deviation", FillRecipes::normal, 0, 1),
            entry("uniform", "full-mantissa values in an interval: low, high", FillRecipes::uniform, -1, 1),
            entry(
                    "integers",
                    "small whole numbers, so that every partial sum is exact: low, high",
                    FillRecipes::integers,
                    -4,
                    4),
            entry(
                    "cancelling",
                    "pairs along the sum that nearly cancel, shuffled",
                    (p, site) -> FillRecipes.cancelling(site)),
            entry(
                    "annulling",
                    "pairs along the sum that cancel exactly, so that its rounding errors alone are left",
                    (p, site) -> FillRecipes.annulling(site)),
            entry(
                    "repeating",
                    "the partner of cancelling: pairs of equal values in the same places",
                    (p, site) -> FillRecipes.repeating(site)),
            entry(
                    "outliers",
                    "a few channels 200 times larger, as in LLM activations",
                    (p, site) -> FillRecipes.outliers(site)),
            entry(
                    "distinct",
                    "whole numbers in random order, none twice before each was there once: low, high",
                    FillRecipes::distinct,
                    0,
                    1023),
            entry(VALUES, "these values, over and over: any number of them", FillRecipes::values, 0),
            entry("steps", "whole numbers at one distance: first, distance", FillRecipes::steps, 0, 1),
            entry(
                    "slots",
                    "slots of a cache for some tokens of each sequence, in pages that no other has: page, first, tokens, pages",
                    FillRecipes::slots,
                    16,
                    0,
                    1,
                    64),
            entry(
                    "dealt",
                    "how many of these rows each group gets at random; one group of eight gets none: rows",
                    (p, site) -> FillRecipes.dealt(p.get(0).longValue(), site),
                    64),
            entry("lognormal", "magnitudes over many binades, signs random: sigma", FillRecipes::lognormal, 2),
            entry("large-mean", "deviation 1 around a large mean: mean", FillRecipes::normal, 1000, 1),
            entry(
                    "tiny-variance",
                    "lines with variance near epsilon, nearly 0 and exactly 0",
                    (p, site) -> FillRecipes.tinyVariance(site)),
            entry("peaky", "attention scores that favour few keys: factor on the queries", FillRecipes::peaky, 8),
            entry(
                    "boundary-seeking",
                    "attention queries that look for the keys next to the mask's border",
                    (p, site) -> FillRecipes.boundary(site)),
            entry(
                    "full-mantissa",
                    "odd significands of all bits in [1,2), random signs: each shows where it came from",
                    (p, site) -> FillRecipes.fullMantissa(site)),
            entry(
                    "one-hot",
                    "a single 1 along the sum, so that it selects one value",
                    (p, site) -> FillRecipes.oneHot(site)),
            entry(
                    "accumulator",
                    "whole numbers of random sign whose products add up within this many bits: bits",
                    FillRecipes::accumulator,
                    24),
            entry(
                    "partials",
                    "whole numbers whose products fill these bits in the first half of a sum and cancel in the second: bits",
                    (p, site) -> FillRecipes.partials(p, site, false),
                    24),
            entry(
                    "partials-partner",
                    "the other operand of partials: bits",
                    (p, site) -> FillRecipes.partials(p, site, true),
                    24),
            entry(
                    "ties",
                    "two ones along the sum, which select a large number and a small one",
                    (p, site) -> FillRecipes.ties(site)),
            entry(
                    "ties-partner",
                    "the other operand of ties: whole numbers, and odd multiples of half their ulp, or just beside",
                    (p, site) -> FillRecipes.tiesPartner(site)),
            entry(
                    "codes",
                    "every value of a type of up to 16 bits, special ones included; of wider types random ones",
                    (p, site) -> FillRecipes.codes(site)),
            entry("subnormals", "small multiples of the smallest number", (p, site) -> FillRecipes.subnormals(site)),
            entry(
                    "subnormals-partner",
                    "the other operand of subnormals, half of it large enough to make their products normal",
                    (p, site) -> FillRecipes.subnormalsPartner(site)),
            entry(
                    "stagnating",
                    "positive magnitudes over many binades: what is small is lost: sigma",
                    FillRecipes::stagnating,
                    2),
            entry(
                    "plus-minus",
                    "lines of a and -a, one half each: mean 0, variance a squared",
                    (p, site) -> FillRecipes.plusMinus(site)),
            entry(
                    "uniform-scores",
                    "attention queries of zeros, so that all keys count alike; whole numbers as values",
                    (p, site) -> FillRecipes.boundary(site)),
            entry(
                    "constant-values",
                    "attention values of 1, so that every result is 1",
                    (p, site) -> FillRecipes.boundary(site)),
            entry(
                    "one-hot-values",
                    "attention values of 0 and 1, so that results are sums of few probabilities",
                    (p, site) -> FillRecipes.boundary(site)),
            entry("ascending", "attention scores that rise along the keys", (p, site) -> FillRecipes.boundary(site)),
            entry("selecting", "attention scores of which one stands out", (p, site) -> FillRecipes.boundary(site)),
            entry(
                    "poisoned-padding",
                    "attention keys and values that are NaN beyond the length in use",
                    (p, site) -> FillRecipes.boundary(site)),
            entry(
                    "selection",
                    "lines with a single 1, each in another place, so that a product moves data and adds nothing",
                    (p, site) -> FillRecipes.selection(site)),
            entry(
                    "specials",
                    "NaN, infinities, signed zeros, subnormals, limits: one to a line",
                    (p, site) -> FillRecipes.specials(site)),
            entry(
                    "overflow",
                    "two large terms that cancel, which a narrow accumulator cannot hold",
                    (p, site) -> FillRecipes.overflow(site)),
            entry(
                    "overflow-partner",
                    "the other operand of overflow: +2 and -2 in the same places",
                    (p, site) -> FillRecipes.overflowPartner(site))));

    private static Map.Entry<String, Entry> entry(String name, String purpose, Recipe recipe, double... defaults) {
        return Map.entry(
                name, new Entry(purpose, Arrays.stream(defaults).boxed().toList(), recipe));
    }

    /// Name and purpose of every recipe, in order.
    public static Map<String, String> purposes() {
        Map<String, String> purposes = new TreeMap<>();
        RECIPES.forEach((name, entry) -> purposes.put(name, entry.purpose()));
        return purposes;
    }

    /// Whether a recipe means something only to operators that say what (see `Operator.fill`).
    public static boolean needsOperator(Fill fill) {
        return OF_ATTENTION.contains(nameOf(fill));
    }

    /// The recipe's name without its parameters.
    public static String nameOf(Fill fill) {
        int bracket = fill.name().indexOf('(');
        return bracket < 0 ? fill.name() : fill.name().substring(0, bracket);
    }

    /// The recipe with this name and these parameters; those left out take their defaults.
    public static Fill of(String name, double... parameters) {
        Entry entry = RECIPES.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("no fill " + name);
        }
        if (!name.equals(VALUES) && parameters.length > entry.defaults().size()) {
            throw new IllegalArgumentException(
                    name + " takes " + entry.defaults().size() + " parameters");
        }
        List<Double> all = new ArrayList<>(Arrays.stream(parameters).boxed().toList());
        for (int i = parameters.length; i < entry.defaults().size(); i++) {
            all.add(entry.defaults().get(i));
        }
        return new Named(text(name, parameters), List.copyOf(all), entry.recipe());
    }

    /// Reads `name` or `name(number,...)`. Throws [HarnessException] that lists the recipes.
    public static Fill parse(String text, String where) {
        Matcher matcher = TEXT.matcher(text);
        Entry entry = matcher.matches() ? RECIPES.get(matcher.group(1)) : null;
        if (entry == null) {
            throw new HarnessException("no fill '" + text + "'", where, "use one of " + RECIPES.keySet());
        }
        String list = matcher.group(2);
        List<String> words = list == null || list.isBlank() ? List.of() : List.of(list.split(",", -1));
        if (words.size() > entry.defaults().size() && !VALUES.equals(matcher.group(1))) {
            throw new HarnessException(
                    "fill '" + text + "' has " + words.size() + " parameters",
                    where,
                    "give at most " + entry.defaults().size() + ": " + entry.purpose());
        }
        double[] parameters = new double[words.size()];
        for (int i = 0; i < parameters.length; i++) {
            try {
                parameters[i] = Double.parseDouble(words.get(i).strip());
            } catch (NumberFormatException e) {
                throw new HarnessException(
                        "fill '" + text + "': '" + words.get(i) + "' is not a number", where, "write a number", e);
            }
        }
        return of(matcher.group(1), parameters);
    }

    private static String text(String name, double[] parameters) {
        return parameters.length == 0
                ? name
                : name + Arrays.stream(parameters).mapToObj(Fills::number).collect(Collectors.joining(",", "(", ")"));
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private record Named(String name, List<Double> parameters, Recipe recipe) implements Fill {
        @Override
        public Values bind(Site site) {
            return recipe.bind(parameters, site);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
