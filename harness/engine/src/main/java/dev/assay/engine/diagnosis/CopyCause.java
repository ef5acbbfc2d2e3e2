package dev.assay.engine.diagnosis;

import dev.assay.backend.Call.Operand;
import dev.assay.operator.About;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Outputs of operators that move data, whose wrong elements are runs of other elements of the operands, bit for bit.
///
/// A run has so many elements that it is no coincidence: forty bits, where the operands have not a million places.
/// Elements that stand where they stood in the operand count for nothing: they were not changed where they should be.
final class CopyCause {
    private static final int BITS = 40;
    private static final int FEWEST = 12;
    private static final double EXPLAINED = 0.9;
    private static final long MOST_ELEMENTS = 1 << 19;

    private CopyCause() {}

    static Optional<Diagnosis> of(List<Held> wrong) {
        return wrong.isEmpty() ? Optional.empty() : PatternCause.all(wrong, CopyCause::of);
    }

    private static Optional<Diagnosis> of(Held held) {
        boolean moves = held.evidence.operator().about().errors() == About.Errors.EXACT
                && held.count() == held.shape.elements()
                && held.shape.rank() > 0
                && held.count() <= MOST_ELEMENTS
                && held.wrongs >= FEWEST;
        if (!moves) {
            return Optional.empty();
        }
        int length = Math.max(1, Math.ceilDiv(BITS, held.dtype.bits()) - (held.dtype.bits() == 32 ? 1 : 0));
        long[] codes = new long[held.count()];
        boolean[] wrong = new boolean[held.count()];
        Tensor output = held.run.outputs().get(held.name);
        for (int i = 0; i < held.count(); i++) {
            int number = (int) held.numbers[i];
            codes[number] = output == null ? 0 : output.codeAt(output.position(number));
            wrong[number] = held.wrong[i];
        }
        Set<Long> known = known(held, length);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        for (int axis = held.shape.rank() - 1; axis >= 0; axis--) {
            if (held.shape.dim(axis) >= length && explained(held, codes, wrong, axis, length, known)) {
                return Optional.of(new Diagnosis(
                        Cause.MISPLACED,
                        "wrong elements are other elements of the operands, in runs: "
                                + Places.wrong(held).sentence()));
            }
        }
        return Optional.empty();
    }

    /// Runs of the operands along each of their dimensions, in both directions.
    private static Set<Long> known(Held held, int length) {
        Set<Long> known = new HashSet<>();
        for (Operand operand : held.evidence.call().inputs()) {
            Tensor tensor = held.run.inputs().get(operand.name());
            if (tensor == null || tensor.dtype() != held.dtype || tensor.shape().elements() > MOST_ELEMENTS) {
                continue;
            }
            long[] codes = new long[(int) tensor.shape().elements()];
            for (int n = 0; n < codes.length; n++) {
                codes[n] = tensor.codeAt(tensor.position(n));
            }
            Shape shape = tensor.shape();
            for (int axis = 0; axis < shape.rank(); axis++) {
                long size = shape.dim(axis);
                int pitch = (int) shape.slice(axis + 1, shape.rank()).elements();
                for (int n = 0; n < codes.length && size >= length; n++) {
                    if (n / pitch % size <= size - length) {
                        known.add(hash(codes, n, pitch, length));
                        known.add(hash(codes, n + (length - 1) * pitch, -pitch, length));
                    }
                }
            }
        }
        return known;
    }

    private static long hash(long[] codes, int from, int pitch, int length) {
        long hash = 0x9E3779B97F4A7C15L;
        for (int k = 0; k < length; k++) {
            hash = (hash ^ codes[from + k * pitch]) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 29;
        }
        return hash;
    }

    /// Whether runs of the output that hold wrong elements are known.
    private static boolean explained(Held held, long[] codes, boolean[] wrong, int axis, int length, Set<Long> known) {
        long size = held.shape.dim(axis);
        int pitch = (int) held.shape.slice(axis + 1, held.shape.rank()).elements();
        long[] unchanged = unchanged(held, codes);
        boolean[] covered = new boolean[codes.length];
        int telling = 0;
        int found = 0;
        for (int n = 0; n < codes.length; n++) {
            if (n / pitch % size > size - length) {
                continue;
            }
            int wrongs = 0;
            int same = 0;
            Set<Long> different = new HashSet<>();
            for (int k = 0; k < length; k++) {
                int at = n + k * pitch;
                wrongs += wrong[at] ? 1 : 0;
                same += unchanged[at] == 1 ? 1 : 0;
                different.add(codes[at]);
            }
            // One value again and again, or 0, comes from nowhere.
            boolean plain = different.size() < Math.max(1, (length + 1) / 2)
                    || (different.size() == 1 && trivial(held, codes[n]));
            if (wrongs < length || same == length || plain) {
                continue;
            }
            telling++;
            if (known.contains(hash(codes, n, pitch, length))) {
                found++;
                for (int k = 0; k < length; k++) {
                    covered[n + k * pitch] = true;
                }
            }
        }
        int explained = 0;
        for (boolean one : covered) {
            explained += one ? 1 : 0;
        }
        return explained >= FEWEST && found >= EXPLAINED * telling && explained >= 0.3 * held.wrongs;
    }

    private static boolean trivial(Held held, long code) {
        double value = held.dtype.decode(code);
        return !Double.isFinite(value) || value == 0 || Math.abs(value) == 1;
    }

    /// Where an operand of the output's shape has the same element.
    private static long[] unchanged(Held held, long[] codes) {
        long[] unchanged = new long[codes.length];
        for (Operand operand : held.evidence.call().inputs()) {
            Tensor tensor = held.run.inputs().get(operand.name());
            if (tensor != null && tensor.dtype() == held.dtype && tensor.shape().equals(held.shape)) {
                for (int n = 0; n < codes.length; n++) {
                    unchanged[n] |= tensor.codeAt(tensor.position(n)) == codes[n] ? 1 : 0;
                }
            }
        }
        return unchanged;
    }
}
