package dev.assay.operator.attention;

import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.function.LongPredicate;

/// Data sets of the operators of a [Batch].
final class BatchFills {
    private BatchFills() {}

    /// What an input plays.
    enum Role {
        QUERY,
        KEY,
        VALUE,
        OTHER
    }

    /// The recipe of an input under a data set of attention.
    ///
    /// @param inUse which elements any query may see
    static Fill of(Role role, Fill dataSet, LongPredicate inUse) {
        boolean value = role == Role.VALUE;
        return switch (Fills.nameOf(dataSet)) {
            case "peaky", "outliers" -> role == Role.QUERY ? dataSet : Fills.of("normal");
            case "uniform-scores" ->
                role == Role.QUERY ? Fills.of("uniform", 0, 0) : value ? Fills.of("integers") : Fills.of("normal");
            case "constant-values" -> value ? Fills.of("uniform", 1, 1) : Fills.of("normal");
            case "poisoned-padding" -> role == Role.QUERY ? Fills.of("normal") : poisoned(inUse);
            case "codes", "specials" -> dataSet;
            default -> role == Role.QUERY ? dataSet : whereInUse(dataSet, inUse);
        };
    }

    /// A data set in what is in use, and a number that would show elsewhere: a cache may be much larger than what it
    /// holds, and random numbers take time.
    private static Fill whereInUse(Fill dataSet, LongPredicate inUse) {
        return new Fill() {
            @Override
            public String name() {
                return dataSet.name();
            }

            @Override
            public Values bind(Site site) {
                Values values = dataSet.bind(site);
                return index -> inUse.test(index) ? values.at(index) : ELSEWHERE;
            }
        };
    }

    private static final double ELSEWHERE = 7;

    /// NaN in everything that is not in use.
    private static Fill poisoned(LongPredicate inUse) {
        return new Fill() {
            @Override
            public String name() {
                return "poisoned-padding";
            }

            @Override
            public Values bind(Site site) {
                Values normal = Fills.of("normal").bind(site);
                return index -> inUse.test(index) ? normal.at(index) : Double.NaN;
            }
        };
    }

    /// Whether a data set is one of [#of], or of every operator.
    static boolean knows(Fill dataSet) {
        return !Fills.needsOperator(dataSet)
                || switch (Fills.nameOf(dataSet)) {
                    case "peaky", "outliers", "uniform-scores", "constant-values", "poisoned-padding" -> true;
                    default -> false;
                };
    }
}
