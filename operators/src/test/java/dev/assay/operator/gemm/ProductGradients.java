package dev.assay.operator.gemm;

import dev.assay.operator.Example;
import dev.assay.operator.GradientTruth;
import dev.assay.operator.Operator;
import dev.assay.operator.attention.Attention;
import dev.assay.operator.attention.AttentionGrad;
import dev.assay.operator.conv.Conv;
import dev.assay.operator.conv.ConvGrad;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Forward calls whose gradients this family has.
public final class ProductGradients {
    private ProductGradients() {}

    private static Example of(Operator operator, Object... shapes) {
        Example example = new Example(operator);
        for (int i = 0; i < shapes.length; i += 2) {
            example.input((String) shapes[i], TensorSpec.of(DType.F64, (long[]) shapes[i + 1]));
        }
        return example;
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    private static GradientTruth linear(String name, Object... shapes) {
        return new GradientTruth(
                name, new LinearGrad(), of(new Linear(), shapes).fill("normal", 3));
    }

    private static GradientTruth matmul(String name, long[] a, long[] b) {
        return new GradientTruth(
                name, new MatMulGrad(), of(new MatMul(), "A", a, "B", b).fill("normal", 4));
    }

    private static GradientTruth conv(String name, Example example) {
        return new GradientTruth(name, new ConvGrad(), example.fill("normal", 5));
    }

    private static GradientTruth attention(String name, Example example) {
        return new GradientTruth(name, new AttentionGrad(), example.fill("normal", 6));
    }

    public static List<GradientTruth> all() {
        return List.of(
                attention(
                        "heads that share keys",
                        of(new Attention(), "Q", dims(2, 4, 3, 4), "K", dims(2, 2, 5, 4), "V", dims(2, 2, 5, 3))),
                attention(
                        "causal, capped, heads side by side",
                        of(new Attention(), "Q", dims(1, 6, 12), "K", dims(1, 6, 6), "V", dims(1, 6, 4))
                                .attribute("q_num_heads", 4)
                                .attribute("kv_num_heads", 2)
                                .attribute("is_causal", 1)
                                .attribute("scale", 0.75)
                                .attribute("softcap", 1.5)),
                attention(
                        "masked",
                        of(new Attention(), "Q", dims(1, 2, 5, 3), "K", dims(1, 2, 6, 3), "V", dims(1, 2, 6, 3))
                                .input("attn_mask", TensorSpec.of(DType.BOOL, 5, 6))),
                linear("a batch", "X", dims(2, 3, 5), "W", dims(4, 5), "B", dims(4)),
                linear("a vector", "X", dims(5), "W", dims(4, 5), "B", dims(4)),
                linear("no bias", "X", dims(7, 5), "W", dims(5, 5)),
                matmul("matrices", dims(3, 4), dims(4, 5)),
                matmul("a batch of products with one matrix", dims(2, 3, 4), dims(4, 5)),
                matmul("both broadcast", dims(2, 1, 3, 4), dims(3, 4, 2)),
                matmul("a row", dims(4), dims(3, 4, 2)),
                matmul("a column", dims(2, 3, 4), dims(4)),
                matmul("two vectors", dims(4), dims(4)),
                conv("a line", of(new Conv(), "X", dims(2, 2, 7), "W", dims(3, 2, 3), "B", dims(3))),
                conv(
                        "an image with steps, gaps, padding and groups",
                        of(new Conv(), "X", dims(2, 4, 6, 7), "W", dims(6, 2, 2, 3), "B", dims(6))
                                .attribute("strides", List.of(2L, 1L))
                                .attribute("dilations", List.of(1L, 2L))
                                .attribute("pads", List.of(1L, 0L, 2L, 1L))
                                .attribute("group", 2)),
                conv(
                        "a volume",
                        of(new Conv(), "X", dims(1, 2, 3, 4, 3), "W", dims(2, 2, 2, 2, 2))
                                .attribute("auto_pad", "SAME_UPPER")
                                .attribute("strides", List.of(2L, 2L, 1L))));
    }
}
