#!/usr/bin/env python3
"""${TITLE}

Makes this one call of a backend in Python, in this process, and compares what it writes with what is expected:

    python3 reproduce.py torch device=npu:0           a device of PyTorch
    python3 reproduce.py acme.py [key=value ...]      the program that serves the backend to Assay
    python3 -m pdb reproduce.py acme.py

Needs the files beside it (assay_worker.py among them), numpy, and what the backend needs. Ends with 0 if every element
is within its bound, 1 if not, 2 if the backend did not come that far.
"""

import json
import os
import runpy
import sys

import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)
import assay_worker as assay  # noqa: E402

# The call as it goes over the wire (docs/worker-protocol.md), and what the bounds allow (docs/contract.md).
CALL = json.loads(r"""
${CALL}
""")
CONTRACT = ${CONTRACT}
TOWARD_ZERO = ${TOWARD_ZERO}  # what is too large may become the largest number

# Outputs that are not compared, and why.
NOT_COMPARED = json.loads(r"""
${NOT_COMPARED}
""")

ZONE, GUARD = 4096, 0xC5


class Place:
    """A tensor in the memory of a backend, between two guard zones."""

    def __init__(self, backend, size, step):
        self.backend, self.size = backend, size
        zone = max(ZONE, 2 * step)
        self.front = zone + step  # an odd multiple of the alignment, as with Assay's judge
        whole = self.front + size + ZONE
        self.buffer = bytearray(whole) if backend.memory == "host" else backend.allocate(whole)
        self.put(0, bytes([GUARD]) * self.front)
        self.put(self.front + size, bytes([GUARD]) * ZONE)

    def put(self, offset, data):
        if self.backend.memory == "host":
            self.buffer[offset : offset + len(data)] = data
        elif len(data) > 0:
            self.backend.write(self.buffer, offset, memoryview(bytearray(data)))

    def get(self, offset, size):
        if self.backend.memory == "host":
            return bytearray(self.buffer[offset : offset + size])
        into = bytearray(size)
        if size > 0:
            self.backend.read(self.buffer, offset, memoryview(into))
        return into

    def contents(self):
        return self.get(self.front, self.size)

    def damage(self):
        """Where the guard zones were written to, in words, or None."""
        before = np.flatnonzero(np.frombuffer(self.get(0, self.front), np.uint8) != GUARD)
        if len(before) > 0:
            return "wrote %d bytes before its start" % (self.front - before[0])
        behind = np.flatnonzero(np.frombuffer(self.get(self.front + self.size, ZONE), np.uint8) != GUARD)
        return "wrote behind its end, first %d bytes behind its last" % (behind[0] + 1) if len(behind) > 0 else None


def backend_of(program):
    """PyTorch, or what a program would serve."""
    if program == "torch":
        return assay.torch_backend()
    served = []
    assay.serve = lambda backend, path=None: served.append(backend)
    sys.argv = [program, "socket"]
    runpy.run_path(program, run_name="__main__")
    if not served:
        sys.exit("%s serves no backend: it has to call assay_worker.serve()" % program)
    return served[0]


def size_of(spec):
    return -(-spec.extent * assay.DTYPES[spec.dtype].bits // 8)


def view(spec, memory):
    """A tensor in host memory: an array of its storage, or a Packed."""
    return assay.Backend.tensor(None, spec, memory, 0)


def loaded(name):
    path = os.path.join(FOLDER, name + ".npy")
    return np.load(path) if os.path.exists(path) else None


def input_bytes(spec):
    """The bytes of an input in its own layout."""
    memory = bytearray(max(1, size_of(spec)))
    codes = assay.DTYPES[spec.dtype].encode(loaded(spec.name))
    if spec.elements > 0:
        tensor = view(spec, memory)
        tensor.store(codes) if isinstance(tensor, assay.Packed) else np.copyto(tensor, codes, casting="unsafe")
    return memory[: size_of(spec)]


def values_of(spec, memory):
    """The values of an output, in f64, and what 64-bit integers exceed these by."""
    if spec.elements == 0:
        return np.zeros(spec.shape), np.zeros(spec.shape)
    tensor = view(spec, memory)
    values = assay.DTYPES[spec.dtype].decode(tensor.codes() if isinstance(tensor, assay.Packed) else tensor)
    if spec.dtype == "bool":
        values = view(assay.Spec(spec.name, "u8", spec.shape, spec.strides), memory)
    wide = values.astype(np.float64)
    lows = np.zeros(spec.shape)
    if spec.dtype in ("i64", "u64"):
        for at in zip(*np.nonzero(np.abs(wide) > 2.0**53)):
            lows[at] = int(values[at]) - int(wide[at])
    return wide, lows


def ratios(dtype, expected, expected_lows, bounds, got, lows):
    """Errors in units of the bounds: at most 1 is right."""
    open_ones, limits = np.signbit(bounds), np.abs(bounds)
    finite = np.isfinite(expected) & np.isfinite(got)
    with np.errstate(all="ignore"):
        errors = np.abs((got - expected) + (lows - expected_lows))
        result = np.where(errors == 0, 0, np.where(limits == 0, np.inf, errors / limits))
        same_sign = np.signbit(got) == np.signbit(expected)
        right = (np.isnan(expected) & np.isnan(got)) | (got == expected) | (open_ones & ~np.isfinite(got))
        if dtype.is_float:
            numbers = dtype.decode(np.arange(1 << dtype.bits)) if dtype.bits <= 16 else None
            if numbers is None:
                numbers = [np.nextafter(np.finfo(dtype.storage).max, 0), np.finfo(dtype.storage).max]
            numbers = np.unique(np.array(numbers, np.float64)[np.isfinite(numbers)])
            beyond = numbers[-1] + (numbers[-1] - numbers[-2])
            right |= np.isinf(got) & np.isfinite(expected) & same_sign & (limits > 0) & (np.abs(expected) + limits >= beyond)
            if TOWARD_ZERO:
                cut = (np.abs(got) == numbers[-1]) & same_sign & (np.abs(expected) + limits >= numbers[-1])
                result = np.where(cut & (limits > 0), np.minimum(result, 1), result)
        result = np.where(finite, result, np.where(right, 0, np.inf))
    return np.where(np.isinf(limits), 0, result)


def compare(spec, memory):
    """How many elements of an output are wrong; the worst is told."""
    if spec.name in NOT_COMPARED:
        print("%s: %d elements, not compared: %s" % (spec.name, spec.elements, NOT_COMPARED[spec.name]))
        return 0
    got, lows = values_of(spec, memory)
    expected, bounds = loaded(spec.name + ".expected"), loaded(spec.name + ".bound")
    expected_lows = loaded(spec.name + ".low")
    if expected_lows is None:
        expected_lows = np.zeros(spec.shape)
    much = ratios(assay.DTYPES[spec.dtype], expected, expected_lows, bounds, got, lows)
    wrong, free = int(np.count_nonzero(~(much <= 1))), int(np.count_nonzero(np.isinf(bounds)))
    text = "%s: %d elements, %d wrong" % (spec.name, spec.elements, wrong)
    if free > 0:
        text += ", %d may be anything" % free
    if free < spec.elements:
        at = np.unravel_index(int(np.argmax(much)), spec.shape)
        text += "; worst %s[%s]: expected %s, got %s, bound %.6g%s" % (
            spec.name,
            ",".join(map(str, at)),
            told(expected[at], expected_lows[at]),
            told(got[at], lows[at]),
            abs(bounds[at]),
            " or not finite" if np.signbit(bounds[at]) else "",
        )
    print(text)
    return wrong


def told(value, low):
    return "%.17g" % value if low == 0 else "%d" % (int(value) + int(low))


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    options = dict(pair.partition("=")[::2] for pair in sys.argv[2:])
    backend = backend_of(sys.argv[1])
    backend.open(options)
    call = assay.Call.parse(CALL)
    reason = backend.supports(call)
    if reason is not None:
        print("the backend refuses the call: %s" % reason, file=sys.stderr)
        return 2
    declared = ",".join("%s=%s" % (name, assay._text(value)) for name, value in sorted(backend.contract(call).items()))
    if declared != ",".join(sorted(CONTRACT.split(","))):
        print("note: the backend declares the contract '%s', the bounds here are those of '%s'" % (declared, CONTRACT))

    alignment = int(backend.device().get("alignment", 0) or 0)
    places, contents, arguments = {}, {}, [{}, {}]
    for name, spec in call.inputs.items():
        places[name] = Place(backend, size_of(spec), max(alignment, -(-assay.DTYPES[spec.dtype].bits // 8)))
        contents[name] = input_bytes(spec)
        places[name].put(places[name].front, contents[name])
        arguments[0][name] = backend.tensor(spec, places[name].buffer, places[name].front)
    results, in_place = {}, set()
    for name, spec in call.outputs.items():
        if spec.alias_of is not None:
            results[name] = places[spec.alias_of]
            in_place.add(spec.alias_of)
        else:
            dtype = assay.DTYPES[spec.dtype]
            results[name] = Place(backend, size_of(spec), max(alignment, -(-dtype.bits // 8)))
            # NaN, or a number that is hardly right: what is not written shows.
            results[name].put(results[name].front, (b"\xff" if dtype.is_float else b"\xa5") * size_of(spec))
        arguments[1][name] = backend.tensor(spec, results[name].buffer, results[name].front)

    kernel = backend.prepare(call)
    size = int(getattr(kernel, "workspace_bytes", 0))
    if size > 0:
        places["the workspace"] = scratch = Place(backend, size, max(alignment, 1))
        arguments.append(backend.scratch(scratch.buffer, scratch.front, size))
    kernel(*arguments)  # a breakpoint here is where the device begins
    backend.synchronize()

    wrong = sum(compare(spec, results[name].contents()) for name, spec in call.outputs.items())
    for name, place in list(places.items()) + [item for item in results.items() if item[1] not in places.values()]:
        damage = place.damage()
        if damage:
            print("%s: %s" % (name, damage))
            wrong += 1
    for name, bytes_of in contents.items():
        if name not in in_place and places[name].contents() != bytes_of:
            print("%s: an input, and was written to" % name)
            wrong += 1
    backend.close()
    print("right" if wrong == 0 else "wrong")
    return 0 if wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
