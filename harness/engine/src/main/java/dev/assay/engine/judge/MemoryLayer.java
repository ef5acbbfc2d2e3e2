package dev.assay.engine.judge;

import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Did the kernel write everything it should, and nothing else?
///
/// An element that still holds the first run's poison after the first run and the second run's after the second was not
/// written; that both results happen to look like the poisons cannot be.
final class MemoryLayer implements Layer {
    static final String CODE = "memory";

    @Override
    public Optional<Finding> check(Trial trial) {
        if (!trial.damage().isEmpty()) {
            return Optional.of(Finding.of(CODE, String.join("; ", trial.damage())));
        }
        for (Map.Entry<String, Tensor> output : trial.outputs().entrySet()) {
            Tensor again = trial.outputsAgain().get(output.getKey());
            if (again == null) {
                return Optional.of(Finding.of(CODE, "output " + output.getKey() + " was not read back"));
            }
            Optional<Finding> unwritten = unwritten(output.getKey(), output.getValue(), again);
            if (unwritten.isPresent()) {
                return unwritten;
            }
        }
        return Optional.empty();
    }

    /// What a run on other inputs did to memory that is not its own.
    ///
    /// @param when says which run
    static Optional<Finding> damage(String when, Trial again) {
        return again.damage().isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.of(CODE, when + ": " + String.join("; ", again.damage())));
    }

    private static Optional<Finding> unwritten(String name, Tensor first, Tensor second) {
        long bytes = first.spec().byteSize();
        long from = first.memory().asSlice(0, bytes).mismatch(second.memory().asSlice(0, bytes));
        if (from < 0) {
            return Optional.empty();
        }
        long firstPoison = Poison.NAN.code(first.dtype());
        long secondPoison = Poison.FINITE.code(first.dtype());
        long elements = first.shape().elements();
        long count = 0;
        long at = -1;
        long last = -1;
        for (long i = from * 8 / first.dtype().bits(); i < elements; i++) {
            if (first.codeAt(i) == firstPoison && second.codeAt(i) == secondPoison) {
                at = count == 0 ? i : at;
                last = i;
                count++;
            }
        }
        return count == 0
                ? Optional.empty()
                : Optional.of(Finding.of(
                        CODE,
                        count + " of " + elements + " elements of output " + name + " were not written, first "
                                + Words.element(name, first.shape().coordinates(at)) + ", last "
                                + Words.element(name, first.shape().coordinates(last))));
    }
}
