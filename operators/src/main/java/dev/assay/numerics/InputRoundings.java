package dev.assay.numerics;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.tensor.DType;

/// Operands as a device sees them that rounds its inputs: the reference rounds them the same way and stays exact.
public final class InputRoundings {
    private InputRoundings() {}

    /// Whether operands of this type reach the multiplier changed.
    public static boolean changes(ComputeContract contract, DType input) {
        return contract.flushesInputs() || contract.inputs().precision() < input.precision();
    }

    /// The matrix with every element as the device sees it.
    public static Matrix apply(ComputeContract contract, DType input, Matrix matrix) {
        return changes(contract, input)
                ? matrix.map((run, from, count) -> round(contract, input, run, from, count))
                : matrix;
    }

    /// Rounds a run of elements in place.
    public static void round(ComputeContract contract, DType input, double[] run, int from, int count) {
        InputRounding rounding =
                contract.inputs().precision() < input.precision() ? contract.inputs() : InputRounding.NONE;
        double smallest = contract.flushesInputs() ? input.minNormal() : 0;
        for (int i = from; i < from + count; i++) {
            double value = Math.abs(run[i]) < smallest ? 0 : run[i];
            run[i] = round(rounding, value);
        }
    }

    /// One value, rounded.
    public static double round(InputRounding rounding, double value) {
        return switch (rounding) {
            case NONE -> value;
            case TF32 -> toNearest(value, 13);
            case TF32_TOWARD_ZERO -> Float.intBitsToFloat(Float.floatToRawIntBits((float) value) & -(1 << 13));
            case BF16 -> DType.BF16.round(value);
        };
    }

    /// Rounds an f32 value to nearest even, dropping the low bits of its significand.
    private static double toNearest(double value, int dropped) {
        int code = Float.floatToRawIntBits((float) value);
        if ((code & 0x7F80_0000) == 0x7F80_0000) {
            return value;
        }
        int half = (1 << (dropped - 1)) - 1 + ((code >>> dropped) & 1);
        return Float.intBitsToFloat((code + half) & -(1 << dropped));
    }
}
