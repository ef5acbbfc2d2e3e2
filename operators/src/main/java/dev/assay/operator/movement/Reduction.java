package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What comes of several elements that are written to one place.
enum Reduction {
    /// One of those written. ONNX forbids that there are several; PyTorch's `scatter_` takes any of them.
    NONE,
    ADD,
    MUL,
    MAX,
    MIN;

    static final AttributeSpec ATTRIBUTE = new AttributeSpec(
            "reduction",
            Attribute.Text.class,
            Optional.of(new Attribute.Text("none")),
            "none, add, mul, max, min: what comes of old and new values that meet");

    /// The attribute of a call. Throws [InvalidCallException] for another word, or a type that cannot be reduced.
    static Reduction of(Call call, DType dtype) {
        String word = call.attributes().text("reduction");
        for (Reduction reduction : values()) {
            if (reduction.word().equals(word)) {
                reduction.check(call, dtype);
                return reduction;
            }
        }
        throw new InvalidCallException(
                "reduction '" + word + "'",
                call.operator() + ", attribute reduction",
                "use one of " + Arrays.stream(values()).map(Reduction::word).toList());
    }

    private void check(Call call, DType dtype) {
        if (this != NONE && !Signature.numbers().contains(dtype)) {
            throw new InvalidCallException(
                    "reduction " + word() + " of " + dtype,
                    call.operator() + ", attribute reduction",
                    "use none, or one of "
                            + Signature.numbers().stream().sorted().toList());
        }
    }

    private String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
