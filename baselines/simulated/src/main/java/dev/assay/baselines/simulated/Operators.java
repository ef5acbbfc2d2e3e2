package dev.assay.baselines.simulated;

import java.util.stream.Stream;

/// Operators of the vector units that have the same steps, for deviations that change one of these.
public final class Operators {
    private Operators() {}

    /// Divide by the root of a mean of squares, which epsilon keeps from 0.
    public static String[] withEpsilon() {
        return new String[] {
            "rms_normalization", "add_rms_normalization", "qk_normalization",
            "instance_normalization", "group_normalization", "batch_normalization"
        };
    }

    /// Take the variance of lines.
    public static String[] ofVariances() {
        return new String[] {
            "instance_normalization", "group_normalization", "mean_variance_normalization", "reduce_variance"
        };
    }

    /// Sums of exponentials.
    public static String[] ofExponentials() {
        return new String[] {
            "softmax",
            "log_softmax",
            "logsumexp",
            "reduce_log_sum_exp",
            "moe_softmax_topk",
            "softmax_cross_entropy_loss",
            "cross_entropy",
            "cross_entropy_grad"
        };
    }

    /// Sums of lines, all others included that add up lines.
    public static String[] ofSums() {
        return all(
                new String[] {
                    "softmax",
                    "log_softmax",
                    "logsumexp",
                    "reduce_log_sum_exp",
                    "reduce_sum",
                    "reduce_mean",
                    "reduce_l1",
                    "reduce_l2",
                    "reduce_log_sum",
                    "reduce_sum_square",
                    "rms_normalization",
                    "add_rms_normalization",
                    "qk_normalization",
                    "lp_normalization",
                    "softmax_grad",
                    "log_softmax_grad",
                    "layer_normalization_grad",
                    "rms_normalization_grad",
                    "embedding_grad",
                    "softmax_cross_entropy_loss",
                    "cross_entropy",
                    "cross_entropy_grad"
                },
                ofVariances());
    }

    /// Gradients of products.
    public static String[] ofProductGradients() {
        return new String[] {"linear_grad", "matmul_grad", "conv_grad", "attention_grad"};
    }

    /// Sums of graphs, grids, pairs and particles.
    public static String[] ofGraphs() {
        return new String[] {
            "triangle_multiplication",
            "outer_product_mean",
            "pairwise_distance",
            "segment_reduce",
            "spmm",
            "sddmm",
            "stencil",
            "tensor_product",
            "lennard_jones"
        };
    }

    /// Factorisations of matrices and triangular systems, which are made of inner products.
    public static String[] ofFactors() {
        return new String[] {"cholesky", "eigh", "lu_factor", "qr", "solve_triangular", "svd"};
    }

    /// Fourier transforms, and what is made of them.
    public static String[] ofTransforms() {
        return new String[] {"dft", "fftn", "stft", "spectral_conv"};
    }

    /// Elementary functions, and what is put together from them.
    public static String[] ofFunctions() {
        return new String[] {
            "exp",
            "log",
            "erf",
            "tanh",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "asinh",
            "acosh",
            "atanh",
            "pow",
            "sigmoid",
            "elu",
            "selu",
            "celu",
            "softplus",
            "mish",
            "swish",
            "swiglu",
            "gelu",
            "geglu",
            "gelu_grad",
            "swish_grad",
            "swiglu_grad"
        };
    }

    /// Round their result, element by element.
    public static String[] rounding() {
        return all(
                new String[] {
                    "add",
                    "sub",
                    "mul",
                    "div",
                    "sum",
                    "mean",
                    "sqrt",
                    "reciprocal",
                    "leaky_relu",
                    "prelu",
                    "hard_sigmoid",
                    "hard_swish",
                    "softsign",
                    "sigmoid_grad",
                    "tanh_grad"
                },
                ofFunctions());
    }

    /// Give an operand or a constant back as it is, or say something of operands.
    public static String[] exact() {
        return new String[] {
            "neg",
            "abs",
            "identity",
            "min",
            "max",
            "where",
            "clip",
            "relu",
            "thresholded_relu",
            "reduce_max",
            "reduce_min"
        };
    }

    /// The operators of several lists.
    public static String[] all(String[]... lists) {
        return Stream.of(lists).flatMap(Stream::of).distinct().toArray(String[]::new);
    }
}
