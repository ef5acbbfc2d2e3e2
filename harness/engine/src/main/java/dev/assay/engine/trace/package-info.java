/// What a case was made of, as files for somebody's debugger: tensors in NumPy's format, programs that repeat a call.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.trace;
