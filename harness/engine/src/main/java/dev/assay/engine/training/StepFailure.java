package dev.assay.engine.training;

/// A call of a training step threw.
final class StepFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int step;
    private final String part;
    private final String operator;

    StepFailure(int step, String part, String operator, Throwable cause) {
        super("step " + step + ", " + part + " (" + operator + "): " + cause, cause);
        this.step = step;
        this.part = part;
        this.operator = operator;
    }

    int step() {
        return step;
    }

    String part() {
        return part;
    }

    String operator() {
        return operator;
    }
}
