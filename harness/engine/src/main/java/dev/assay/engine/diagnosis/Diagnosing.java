package dev.assay.engine.diagnosis;

/// Names the cause of a wrong output.
public final class Diagnosing {
    private Diagnosing() {}

    public static Diagnosis of(Evidence evidence) {
        return new Diagnosis(Cause.UNKNOWN, "no known cause explains what was seen");
    }
}
