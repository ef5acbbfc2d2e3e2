package dev.assay.backend;

/// Answer to "does this backend run this call?"
public sealed interface Support {
    /// It does.
    record Yes() implements Support {}

    /// It does not, and says why. A refusal without a reason is a fault of the backend.
    record No(String reason) implements Support {}

    static Support yes() {
        return new Yes();
    }

    static Support no(String reason) {
        return new No(reason);
    }
}
