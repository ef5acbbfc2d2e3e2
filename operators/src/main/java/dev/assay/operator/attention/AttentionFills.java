package dev.assay.operator.attention;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Philox;
import java.util.function.Supplier;

/// Data sets of attention: what queries, keys, values and masks hold.
final class AttentionFills {
    private AttentionFills() {}

    /// Masks leave about three quarters of the keys visible; `peaky` sharpens the queries only; `boundary-seeking`
    /// makes each query equal to a key next to the border of what it sees, so that one key too many or too few
    /// shows.
    static Fill of(Call call, String input, Fill dataSet, Supplier<Fill> otherwise) {
        if (input.equals("attn_mask")) {
            return maskFill(call.input("attn_mask").dtype() == DType.BOOL);
        }
        boolean query = input.equals("Q");
        return switch (Fills.nameOf(dataSet)) {
            case "peaky", "outliers" -> query ? dataSet : Fills.of("normal");
            case "uniform-scores" ->
                query ? Fills.of("uniform", 0, 0) : isValue(input) ? Fills.of("integers") : Fills.of("normal");
            case "annulling" -> query ? Fills.of("uniform", 0, 0) : isValue(input) ? dataSet : Fills.of("normal");
            case "constant-values" -> isValue(input) ? Fills.of("uniform", 1, 1) : Fills.of("normal");
            case "one-hot-values" -> isValue(input) ? oneHotValues(call, input) : Fills.of("normal");
            case "ascending" -> isValue(input) ? Fills.of("normal") : ascending(call, input);
            case "selecting" -> isValue(input) ? Fills.of("normal") : selecting(call, input);
            case "poisoned-padding" -> query ? Fills.of("normal") : poisoned(call, input);
            case "boundary-seeking" -> query ? boundarySeeking(AttentionPlan.of(call)) : Fills.of("normal");
            case "cancelling" -> input.startsWith("past") || !query ? dataSet : Fills.of("repeating");
            case "overflow" -> query ? dataSet : Fills.of("overflow-partner");
            default -> otherwise.get();
        };
    }

    private static boolean isValue(String input) {
        return input.equals("V") || input.equals("past_value");
    }

    private interface ByKey {
        /// The value of column `c` of a head at a key, past ones counted.
        double at(Place place, long c, long index);
    }

    /// A key of a batch.
    private record Place(long batch, long key) {}

    private interface KeyValues {
        ByKey bind(Fill.Site site);
    }

    /// A recipe for keys or values by their place.
    private static Fill byPlace(Call call, String input, KeyValues values) {
        AttentionPlan plan = AttentionPlan.of(call);
        boolean past = input.startsWith("past");
        boolean flat = plan.flat() && !past;
        long width = isValue(input) ? plan.e() : plan.d();
        return named(input, site -> {
            ByKey bound = values.bind(site);
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long key = (flat ? at[1] : at[2]) + (past ? 0 : plan.p());
                long c = flat ? at[2] % width : at[3];
                return bound.at(new Place(at[0], key), c, index);
            };
        });
    }

    /// A value that only one column in turn shows.
    private static Fill oneHotValues(Call call, String input) {
        long columns = Math.max(1, AttentionPlan.of(call).e());
        return byPlace(call, input, site -> (place, c, index) -> place.key() % columns == c ? 1 : 0);
    }

    /// Queries and keys along one direction, the keys ever longer, so that scores rise from 0 to 128: beyond what an
    /// exponential in f32 holds, which a kernel never meets that subtracts the largest score so far.
    private static Fill ascending(Call call, String input) {
        AttentionPlan plan = AttentionPlan.of(call);
        if (input.equals("Q")) {
            return named(input, site -> {
                Philox direction = new Philox(site.caseKey());
                return index -> sign(direction, site.spec().shape().coordinates(index)[plan.flat() ? 2 : 3] % plan.d());
            });
        }
        double length = plan.scale() == 0 ? 1 : 128 / (plan.d() * plan.scale()) / Math.max(1, plan.keys());
        return byPlace(call, input, site -> {
            Philox direction = new Philox(site.caseKey());
            Fill.Values noise = Fills.of("normal", 0, 0.01).bind(site);
            return (place, c, index) -> sign(direction, c) * length * place.key() + noise.at(index);
        });
    }

    /// Keys of random signs, and queries that have the signs of one key they see: the last, the first or any, in
    /// turn. Its score stands out so far that nothing else counts, and that an exponential overflows where a
    /// maximum left it out. Sums are whole numbers.
    private static Fill selecting(Call call, String input) {
        AttentionPlan plan = AttentionPlan.of(call);
        if (!input.equals("Q")) {
            return byPlace(call, input, site -> {
                Philox signs = new Philox(site.caseKey());
                return (place, c, index) -> keySign(signs, plan, place, c);
            });
        }
        double factor = Math.abs(plan.scale()) * plan.d();
        int exponent = factor > 0 ? Math.getExponent(SELECTED / factor) : 0;
        double size = Math.copySign(Math.scalb(1.0, Math.clamp(exponent, -8, 12)), plan.scale());
        return named(input, site -> {
            Philox signs = new Philox(site.caseKey());
            Philox random = new Philox(site.tensorKey());
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long batch = at[0];
                int query = Math.toIntExact(plan.flat() ? at[1] : at[2]);
                long c = plan.flat() ? at[2] % plan.d() : at[3];
                long last = Math.clamp(
                        Math.min(plan.lastVisible(batch, query), plan.keysInUse(batch) - 1),
                        0,
                        Math.max(0, plan.keys() - 1));
                long key = switch (query % 3) {
                    case 0 -> last;
                    case 1 -> 0;
                    default -> (long) (random.uniform(batch * plan.s() + query, 0) * (last + 1));
                };
                return size * keySign(signs, plan, new Place(batch, key), c);
            };
        });
    }

    /// About the score of a key that is selected.
    private static final double SELECTED = 512;

    private static double keySign(Philox signs, AttentionPlan plan, Place place, long c) {
        return sign(signs, (place.batch() * Math.max(1, plan.keys()) + place.key()) * plan.d() + c);
    }

    private static double sign(Philox random, long index) {
        return random.bits(index, 0) < 0 ? -1 : 1;
    }

    /// NaN in everything beyond the length in use.
    private static Fill poisoned(Call call, String input) {
        AttentionPlan plan = AttentionPlan.of(call);
        return byPlace(call, input, site -> {
            Fill.Values normal = Fills.of("normal").bind(site);
            return (place, c, index) -> place.key() < plan.keysInUse(place.batch()) ? normal.at(index) : Double.NaN;
        });
    }

    static Fill maskFill(boolean bool) {
        return named("mask", site -> {
            Philox random = new Philox(site.tensorKey());
            return index -> {
                boolean visible = random.uniform(index, 0) < 0.75;
                double offset = 2 * random.uniform(index, 1) - 1;
                return bool ? (visible ? 1 : 0) : visible ? offset : Double.NEGATIVE_INFINITY;
            };
        });
    }

    private interface Binding {
        Fill.Values bind(Fill.Site site);
    }

    private static Fill named(String name, Binding binding) {
        return new Fill() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Values bind(Site site) {
                return binding.bind(site);
            }
        };
    }

    /// Query i of a head becomes twice the last key it sees, the first it does not see, or the first of all, in
    /// turn.
    private static Fill boundarySeeking(AttentionPlan plan) {
        return named("boundary-seeking", site -> {
            Fill.Values keys = site.others().apply("K");
            Fill.Values random = Fills.of("normal").bind(site);
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long b = at[0];
                int s = Math.toIntExact(plan.flat() ? at[1] : at[2]);
                long h = plan.flat() ? at[2] / plan.d() : at[1];
                long c = plan.flat() ? at[2] % plan.d() : at[3];
                long border = Math.min(plan.lastVisible(b, s), plan.keysInUse(b) - 1);
                long key = switch (s % 3) {
                            case 0 -> border;
                            case 1 -> border + 1;
                            default -> 0;
                        }
                        - plan.p();
                if (key < 0 || key >= plan.t()) {
                    return random.at(index);
                }
                long g = h / (plan.h() / plan.g());
                long number = plan.flat()
                        ? ((b * plan.t() + key) * plan.g() + g) * plan.d() + c
                        : ((b * plan.g() + g) * plan.t() + key) * plan.d() + c;
                return 2 * keys.at(number);
            };
        });
    }
}
