package dev.assay.operator;

import java.util.Optional;

/// What every operator of a family says of itself.
public abstract class NamedOperator implements Operator {
    private final String name;
    private final String onnxType;
    private final About about;
    private final Signature signature;

    /// Called with what never changes.
    ///
    /// @param onnxType empty if ONNX has no such operator
    protected NamedOperator(String name, String onnxType, About about, Signature signature) {
        this.name = name;
        this.onnxType = onnxType;
        this.about = about;
        this.signature = signature;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Optional<String> onnxType() {
        return onnxType.isEmpty() ? Optional.empty() : Optional.of(onnxType);
    }

    @Override
    public final About about() {
        return about;
    }

    @Override
    public final Signature signature() {
        return signature;
    }

    /// What is wrong with a call.
    ///
    /// @param part of the call: an input, an attribute
    protected final InvalidCallException invalid(String what, String part, String fix) {
        return new InvalidCallException(what, name + ", " + part, fix);
    }

    /// Throws [InvalidCallException] unless something holds.
    protected final void require(boolean right, String what, String part, String fix) {
        if (!right) {
            throw invalid(what, part, fix);
        }
    }
}
