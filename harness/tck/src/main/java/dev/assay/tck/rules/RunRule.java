package dev.assay.tck.rules;

/// A rule that runs kernels.
abstract class RunRule extends Rule {
    RunRule(String number, String statement, String why, String how) {
        super(number, statement, why, how);
    }

    @Override
    public final boolean runsKernels() {
        return true;
    }
}
