package dev.assay.engine.imports;

/// What a case says and a suite cannot, or what is not known here.
final class NotExpressible extends Exception {
    private static final long serialVersionUID = 1L;

    NotExpressible(String reason) {
        super(reason);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
