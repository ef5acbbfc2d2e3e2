package dev.assay.engine.diagnosis;

import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/// Elements that are a device's own choice, and that a reading of the call leaves no choice in.
///
/// Where chance decides, what is right follows from what was returned, so that hardly an element is wrong by itself.
/// What is seen of a choice is that the right result would have changed with it.
final class Chances {
    private Chances() {}

    /// How many elements are as a reading has them that another choice would have made others.
    static int told(Held held, Misreading made, Held.Values read) {
        Inputs inputs = new Inputs(held.run.inputs());
        Misreading right = new Misreading("", "", held.evidence.call(), inputs, 1);
        Observed other = changed(held.observed());
        Held.Values free = held.under(right, other);
        Held.Values bound = held.under(made, other);
        int told = 0;
        for (int i = 0; i < held.count(); i++) {
            boolean open = ((read.flags[i] | bound.flags[i]) & ExpectedBlock.ANY) != 0;
            boolean chosen = chosen(held.numbers[i]) && free.want[i] != held.want[i];
            told += !open && chosen && read.holds(i) && bound.want[i] == read.want[i] ? 1 : 0;
        }
        return told;
    }

    /// Every other element, in no pattern that a tensor has.
    private static boolean chosen(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        return ((mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L) < 0;
    }

    /// What was returned, with every other element changed to one next to it.
    private static Observed changed(Observed seen) {
        Map<Integer, Tensor> known = new HashMap<>();
        return output -> known.computeIfAbsent(output, position -> {
            Tensor given = seen.output(position);
            Tensor tensor = Tensor.allocate(TensorSpec.dense(given.dtype(), given.shape()), Arena.ofAuto());
            for (long n = 0; n < given.shape().elements(); n++) {
                double value = given.get(n);
                tensor.set(n, chosen(n) ? next(given.dtype(), value, n) : value);
            }
            return tensor;
        });
    }

    private static double next(DType type, double value, long number) {
        if (type == DType.BOOL) {
            return 1 - value;
        }
        double step = (number & 1) == 0 ? 1 : -1;
        return type.isFloat() && Double.isFinite(value) ? value + step * type.ulp(value) : value;
    }
}
