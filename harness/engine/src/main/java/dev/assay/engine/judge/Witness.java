package dev.assay.engine.judge;

/// Sees what a kernel returned for the inputs of a case, after it was judged and before it is forgotten.
@FunctionalInterface
public interface Witness {
    void saw(Trial trial, Judgement judgement);
}
