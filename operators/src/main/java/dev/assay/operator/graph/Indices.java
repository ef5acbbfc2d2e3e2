package dev.assay.operator.graph;

import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/// Inputs that hold the numbers of nodes, or where those of each begin.
final class Indices {
    static final Set<DType> TYPES = Signature.only(DType.I32, DType.I64);

    private Indices() {}

    /// The numbers, each from 0 up to `count`. Throws [InvalidCallException] for others.
    static int[] nodes(Tensor tensor, long count, String where) {
        int[] numbers = new int[Math.toIntExact(tensor.shape().elements())];
        for (int e = 0; e < numbers.length; e++) {
            long number = tensor.dtype().decodeLong(tensor.codeAt(tensor.position(e)));
            if (number < 0 || number >= count) {
                throw new InvalidCallException(
                        "element " + e + " is " + number, where, "give numbers from 0 to " + (count - 1));
            }
            numbers[e] = (int) number;
        }
        return numbers;
    }

    /// Offsets of rows, from 0 to `edges`. Throws [InvalidCallException] where they fall or end elsewhere.
    static int[] offsets(Tensor tensor, long edges, String where) {
        int[] offsets = nodes(tensor, edges + 1, where);
        boolean right = offsets[0] == 0 && offsets[offsets.length - 1] == edges;
        for (int i = 1; i < offsets.length; i++) {
            right &= offsets[i] >= offsets[i - 1];
        }
        if (!right) {
            throw new InvalidCallException(
                    "offsets from " + offsets[0] + " to " + offsets[offsets.length - 1],
                    where,
                    "give numbers from 0 to " + edges + " that never fall");
        }
        return offsets;
    }

    /// The row of an element, by its number.
    static int row(int[] offsets, int element) {
        int at = Arrays.binarySearch(offsets, element);
        int row = at < 0 ? -at - 2 : at;
        // Empty rows begin where the next one does.
        while (offsets[row + 1] <= element) {
            row++;
        }
        return row;
    }

    /// The elements in whose row an earlier one has the same column.
    static BitSet again(int[] offsets, int[] columns) {
        BitSet again = new BitSet(columns.length);
        for (int row = 0; row + 1 < offsets.length; row++) {
            Set<Integer> met = new HashSet<>();
            for (int e = offsets[row]; e < offsets[row + 1]; e++) {
                again.set(e, !met.add(columns[e]));
            }
        }
        return again;
    }
}
