package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Wrong readings of the gradients of products.
public final class GradientReadings {
    private static final int[] TILES = {1, 8, 16, 32, 64, 128, 256};

    private GradientReadings() {}

    static List<Misreading> ofLinear(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        Tensor x = inputs.get("X");
        long tokens = x.shape().slice(0, x.shape().rank() - 1).elements();
        tails(call, inputs, List.of("X", "dY"), tokens, all);
        turned(call, inputs, "W", all);
        for (String sum : List.of("dW_sum", "dB_sum")) {
            if (call.hasInput(sum)) {
                Tensor before = inputs.get(sum);
                all.add(Rereading.of(call, inputs)
                        .input(sum, before.dtype(), before.shape(), n -> 0)
                        .as("operand-ignored", "the gradient so far is overwritten, not added to: " + sum));
                all.addAll(ProductReadings.addedTwice(call, inputs, sum));
            }
        }
        return all;
    }

    static List<Misreading> ofMatMul(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        for (String operand : List.of("A", "B")) {
            turned(call, inputs, operand, all);
        }
        if (call.input("A").shape().rank() > 1 && call.input("B").shape().rank() > 1) {
            all.add(lastTerms(call, inputs));
        }
        return all;
    }

    /// A row of A has no part in its own gradient, nor a column of B: without the last ones the sums of both lack a
    /// term.
    ///
    /// A matrix that serves many has one sum over all of them, and one last term.
    private static Misreading lastTerms(Call call, Inputs inputs) {
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        boolean many = call.input("dY").shape().rank() > 2;
        long rows = b.shape().rank() == 2 && many
                ? a.shape().elements() / a.shape().dim(-1)
                : a.shape().dim(-2);
        long width = a.shape().dim(-1);
        long columns = b.shape().dim(-1);
        long first =
                a.shape().rank() == 2 && many ? b.shape().elements() - b.shape().dim(-2) * columns : 0;
        return Rereading.of(call, inputs)
                .input("A", a.dtype(), a.shape(), n -> n / width % rows == rows - 1 ? 0 : a.get(n))
                .input("B", b.dtype(), b.shape(), n -> n >= first && n % columns == columns - 1 ? 0 : b.get(n))
                .as("terms-missing", "the last term of each sum is left out");
    }

    /// Lines at the end of operands that are left out of sums over them: the rest of a tile, or the
    /// last tile.
    ///
    /// @param operands each of which may alone lack them
    public static void tails(Call call, Inputs inputs, List<String> operands, long lines, List<Misreading> into) {
        for (int tile : TILES) {
            long whole = tile == 1 ? lines - 1 : lines / tile * tile;
            long kept = whole == lines ? lines - tile : whole;
            if (kept <= 0 || kept >= lines) {
                continue;
            }
            for (String operand : operands) {
                Tensor tensor = inputs.get(operand);
                long length = tensor.shape().elements() / lines;
                into.add(Rereading.of(call, inputs)
                        .input(operand, tensor.dtype(), tensor.shape(), n -> n / length < kept ? tensor.get(n) : 0)
                        .as(
                                "terms-missing",
                                "the last " + (lines - kept) + " of " + lines + " terms of sums are left out"));
            }
        }
    }

    /// A square operand that is read as its transpose.
    private static void turned(Call call, Inputs inputs, String operand, List<Misreading> into) {
        TensorSpec spec = call.input(operand);
        Shape shape = spec.shape();
        if (shape.rank() < 2 || shape.dim(-1) != shape.dim(-2) || shape.dim(-1) < 2) {
            return;
        }
        Tensor tensor = inputs.get(operand);
        long size = shape.dim(-1);
        into.add(Rereading.of(call, inputs)
                .input(operand, spec.dtype(), shape, n -> {
                    long inner = n % (size * size);
                    return tensor.get(n - inner + inner % size * size + inner / size);
                })
                .as("misplaced", operand + " is not transposed as it should be, or twice"));
    }
}
