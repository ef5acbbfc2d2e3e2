package dev.assay.engine.plan;

import dev.assay.HarnessException;
import dev.assay.operator.Operator;
import dev.assay.results.Json;
import dev.assay.tensor.Fill;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Constants of calls that a recipe draws, so that thousands of numbers have a short name.
public final class DrawnConstant {
    private DrawnConstant() {}

    /// The values of a constant by a recipe: the same for the same seed, whatever else is in the suite. Throws
    /// [HarnessException] if they are not whole numbers.
    public static List<Long> values(
            Operator operator, String name, TensorSpec spec, Fill recipe, long seed, String where) {
        String identity = operator.name() + "|" + name + "|" + spec + "|" + recipe.name() + "|" + seed;
        long key = Long.parseUnsignedLong(Json.sha256(identity).substring(0, 16), 16);
        long count = spec.shape().elements();
        Fill.Values values =
                recipe.bind(new Fill.Site(spec, new Fill.Along(Math.max(1, count), 1), key, key, other -> index -> 0));
        List<Long> drawn = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            double value = values.at(i);
            if (value != Math.rint(value) || Math.abs(value) > 0x1p53) {
                throw new HarnessException(
                        "fill '" + recipe.name() + "' gives " + value,
                        where,
                        "use a recipe of whole numbers: integers, distinct, values, steps, slots or dealt");
            }
            drawn.add((long) value);
        }
        return drawn;
    }
}
