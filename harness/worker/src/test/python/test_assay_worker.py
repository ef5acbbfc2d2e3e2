"""Tests of assay_worker.py, against a harness that the test plays itself.

    python3 -m unittest harness/worker/src/test/python/test_assay_worker.py

Needs numpy. What needs PyTorch is skipped, loudly, where it is missing.
"""

import json
import math
import os
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

import numpy as np

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "main", "python")
sys.path.insert(0, SOURCES)
import assay_worker as assay  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

MATMUL = """
import numpy as np
import assay_worker as assay


class Acme(assay.Backend):
    name = "acme"
    version = "1.0"

    def device(self):
        return {"model": "Acme N1 64GB", "driver": "acme 2.3"}

    def supports(self, call):
        if call.operator != "matmul" or call.inputs["A"].dtype != "f32":
            return "only matmul of f32 so far"

    def prepare(self, call):
        return lambda inputs, outputs: np.matmul(inputs["A"], inputs["B"], out=outputs["Y"])


assay.serve(Acme())
"""

# Everything that a backend may do wrong, and device memory.
STRANGE = """
import os, time
import assay_worker as assay


class Strange(assay.Backend):
    name = "strange"
    version = "2"
    memory = "device"

    def open(self, options):
        self.options = options
        if "broken" in options:
            raise RuntimeError("the device is on fire")

    def close(self):
        print("closed", flush=True)

    def device(self):
        return {"model": "strange " + ",".join(sorted(self.options))}

    def supports(self, call):
        return {"empty": " ", "false": False, "no": "not this one"}.get(call.operator)

    def contract(self, call):
        return {"accumulator": "bf16", "deterministic": True, "exp_ulps": 4.0}

    def prepare(self, call):
        operator = call.operator
        if operator == "late":
            raise assay.Unsupported("found out late")
        if operator == "none":
            return None

        class Kernel:
            workspace_bytes = 16 if operator == "workspace" else 0

            def __call__(self, inputs, outputs, workspace=None):
                if operator == "raise":
                    raise KeyError("what")
                if operator == "memory":
                    raise MemoryError()
                if operator == "cuda":
                    raise RuntimeError("CUDA out of memory. Tried to allocate 3 GiB")
                if operator == "mine":
                    raise assay.OutOfMemory("no bank left")
                if operator == "hang":
                    time.sleep(100)
                if operator == "spin":
                    while True:
                        pass
                if operator == "slow":
                    time.sleep(2.5)
                if operator == "exit":
                    os._exit(3)
                outputs["Y"][0][outputs["Y"][1]] = 1 + inputs["X"][0][inputs["X"][1]] + (len(workspace or b""))

            def close(self):
                print("kernel closed", flush=True)

        return Kernel()

    def tensor(self, spec, buffer, offset):
        return buffer, offset

    def scratch(self, buffer, offset, size):
        return memoryview(buffer)[offset:offset + size]

    def allocate(self, size):
        return bytearray(size)

    def write(self, buffer, offset, data):
        buffer[offset:offset + len(data)] = data

    def read(self, buffer, offset, into):
        into[:] = buffer[offset:offset + len(into)]


assay.serve(Strange())
"""


class Failed(Exception):
    """An error that the worker answered."""

    def __init__(self, error):
        super().__init__("%(kind)s: %(message)s" % error)
        self.kind = error["kind"]


class Harness:
    """Starts a worker and talks to it."""

    def __init__(self, command, folder):
        self.folder = folder
        path = os.path.join(folder, "s")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen(1)
            server.settimeout(60)
            self.log = os.path.join(folder, "log")
            with open(self.log, "wb") as log:
                self.process = subprocess.Popen(
                    command + [path], stdout=log, stderr=log, env=dict(os.environ, PYTHONPATH=SOURCES)
                )
            self.connection, _ = server.accept()
        self.connection.settimeout(60)
        self.id = 0
        self.heartbeats = 0
        self.files = 0
        self.hello = self.receive()

    def send_raw(self, data):
        self.connection.sendall(data)

    def receive(self):
        (length,) = struct.unpack("<I", self._read(4))
        return json.loads(self._read(length).decode("utf-8"))

    def _read(self, length):
        data = b""
        while len(data) < length:
            part = self.connection.recv(length - len(data))
            if not part:
                raise EOFError(self.words())
            data += part
        return data

    def start(self, kind, **fields):
        self.id += 1
        text = json.dumps(dict(fields, id=self.id, type=kind)).encode()
        self.send_raw(struct.pack("<I", len(text)) + text)

    def finish(self):
        reply = self.receive()
        while reply == {"heartbeat": True}:
            self.heartbeats += 1
            reply = self.receive()
        assert reply.pop("id") == self.id, reply
        if "error" in reply:
            assert len(reply) == 1 and set(reply["error"]) == {"kind", "message"}, reply
            raise Failed(reply["error"])
        return reply

    def ask(self, kind, **fields):
        self.start(kind, **fields)
        return self.finish()

    def map(self, size):
        """Shared memory: its handle, and its bytes, writable."""
        self.files += 1
        path = os.path.join(self.folder, "m%d" % self.files)
        with open(path, "wb") as file:
            file.truncate(size)
        handle = self.ask("map", path=path, bytes=size)["buffer"]
        memory = np.memmap(path, np.uint8, "r+", shape=(size,))
        os.remove(path)
        return handle, memory

    def ends(self, limit=5):
        """Exit code of the worker, which has to end by itself."""
        return self.process.wait(limit)

    def words(self):
        with open(self.log, "r", errors="replace") as log:
            return log.read()

    def close(self):
        self.connection.close()
        if self.process.poll() is None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def operand(name, dtype, shape, strides=None, **more):
    if strides is None:
        strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    return dict(name=name, dtype=dtype, shape=list(shape), strides=list(strides), **more)


def call(operator, inputs, outputs, attributes=None, constants=None):
    return dict(
        operator=operator, inputs=inputs, outputs=outputs, attributes=attributes or {}, constants=constants or {}
    )


class WorkerTest(unittest.TestCase):
    def worker(self, program=None, command=None):
        folder = tempfile.TemporaryDirectory(prefix="assay-")
        self.addCleanup(folder.cleanup)
        if program is not None:
            script = os.path.join(folder.name, "backend.py")
            with open(script, "w") as file:
                file.write(program)
            command = [sys.executable, script]
        harness = Harness(command, folder.name)
        self.addCleanup(harness.close)
        return harness

    def refused(self, kind, text, request, **fields):
        with self.assertRaises(Failed) as caught:
            request(**fields) if callable(request) else self.harness.ask(request, **fields)
        self.assertEqual(kind, caught.exception.kind, str(caught.exception))
        self.assertIn(text, str(caught.exception))


class HostMemory(WorkerTest):
    def setUp(self):
        self.harness = self.worker(MATMUL)

    def product(self, a, b, a_strides=None, offset=20):
        """Matmul with A at an odd offset, and the bytes around Y."""
        m, k, n = a.shape[0], a.shape[1], b.shape[1]
        handle, memory = self.harness.map(1 << 16)
        memory[:] = 0xA5
        places, at = [], offset
        for values in (a.T.copy() if a_strides else a, b, np.full((m, n), np.nan, np.float32)):
            places.append((at, values.nbytes))
            memory[at : at + values.nbytes] = values.reshape(-1).view(np.uint8)
            at += values.nbytes + 12
        wire = call(
            "matmul",
            [operand("A", "f32", (m, k), a_strides), operand("B", "f32", (k, n))],
            [operand("Y", "f32", (m, n))],
        )
        kernel = self.harness.ask("prepare", call=wire)
        self.assertEqual(0, kernel["workspace_bytes"])
        arguments = [{"name": name, "buffer": handle, "offset": place[0]} for name, place in zip("ABY", places)]
        launch = self.harness.ask("bind", kernel=kernel["kernel"], inputs=arguments[:2], outputs=arguments[2:])
        timing = self.harness.ask("run", launch=launch["launch"], times=3)
        self.assertEqual("worker", timing["clock"])
        self.assertEqual(3, len(timing["nanos"]))
        self.assertTrue(all(nanos > 0 for nanos in timing["nanos"]))
        begin, size = places[2]
        result = memory[begin : begin + size].view(np.float32).reshape(m, n).copy()
        memory[begin : begin + size] = 0xA5
        self.assertTrue((memory[begin - 12 : begin + size + 12] == 0xA5).all(), "guards are overwritten")
        for handle in (launch["launch"], kernel["kernel"], handle):
            self.assertEqual({}, self.harness.ask("release", handle=handle))
        return result

    def test_example_is_complete_and_right(self):
        self.assertLessEqual(len(MATMUL.strip().splitlines()), 30)
        self.assertEqual({"hello": {"protocol": 1, "name": "acme", "version": "1.0"}}, self.harness.hello)
        opened = self.harness.ask("open", options={})
        self.assertEqual({"device": {"model": "Acme N1 64GB", "driver": "acme 2.3"}, "memory": "host"}, opened)
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        b = np.arange(12, dtype=np.float32).reshape(3, 4)
        np.testing.assert_array_equal(a @ b, self.product(a, b))
        np.testing.assert_array_equal(a @ b, self.product(a, b, a_strides=[1, 2]))
        self.assertEqual({}, self.harness.ask("close"))
        self.harness.ask("open", options={})

    def test_a_dimension_of_no_elements(self):
        self.harness.ask("open", options={})
        result = self.product(np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32))
        np.testing.assert_array_equal(np.zeros((2, 3)), result)

    def test_a_refusal_has_its_reason_everywhere(self):
        wire = call("erf", [operand("X", "f32", (2,))], [operand("Y", "f32", (2,))])
        self.assertEqual(
            {"supported": False, "reason": "only matmul of f32 so far"}, self.harness.ask("supports", call=wire)
        )
        self.refused("unsupported", "only matmul of f32 so far", "prepare", call=wire)
        self.assertEqual({"contract": {}}, self.harness.ask("contract", call=wire))

    def test_options_that_are_not_known_are_refused(self):
        self.refused("failed", "no option 'clock'", "open", options={"clock": "9"})

    def test_wrong_requests_are_answered_and_the_program_goes_on(self):
        self.refused("failed", "no request 'dance'", "dance")
        self.refused("failed", "handle 17 is nothing", "release", handle=17)
        self.refused("failed", "not a launch", "run", launch=17, times=1)
        self.refused("failed", "KeyError", "prepare")
        self.refused("failed", "No such file", "map", path="/nowhere/at/all", bytes=5)
        handle, _ = self.harness.map(64)
        wire = call(
            "matmul",
            [operand("A", "f32", (2, 2)), operand("B", "f32", (2, 2))],
            [operand("Y", "f32", (2, 2))],
        )
        kernel = self.harness.ask("prepare", call=wire)["kernel"]
        beyond = [{"name": name, "buffer": handle, "offset": 52} for name in "ABY"]
        self.refused("failed", "", "bind", kernel=kernel, inputs=beyond[:2], outputs=beyond[2:])
        self.refused("failed", "operands", "bind", kernel=kernel, inputs=beyond[:1], outputs=beyond[2:])
        self.harness.ask("open", options={}, unknown_field=[1])

    def test_it_ends_with_the_connection(self):
        self.harness.connection.close()
        self.assertEqual(75, self.harness.ends())

    def test_it_ends_in_the_middle_of_a_message(self):
        self.harness.send_raw(struct.pack("<I", 100) + b'{"id"')
        self.harness.connection.close()
        self.assertEqual(75, self.harness.ends())

    def test_garbage_ends_it(self):
        for garbage in (
            b"GET / HTTP/1.1\r\n\r\n",
            struct.pack("<I", 2) + b"\xff\xfe",
            struct.pack("<I", 2) + b"[]",
            struct.pack("<I", 4) + b"nope",
            struct.pack("<I", 15) + b'{"id":1,"x":NaN',
            struct.pack("<I", 14) + b'{"type":"open"',
            struct.pack("<I", 13) + b'{"type":true}',
            struct.pack("<I", 100000) + b"[" * 100000,
            struct.pack("<I", (16 << 20) + 1),
        ):
            with self.subTest(garbage=garbage[:20]):
                harness = self.worker(MATMUL)
                harness.send_raw(garbage)
                self.assertEqual(76, harness.ends())
                self.assertIn("is not Assay", harness.words())


class DeviceMemory(WorkerTest):
    def setUp(self):
        self.harness = self.worker(STRANGE)

    def launch(self, operator):
        """A launch on a buffer of its own that holds 41 at byte 3; its answer goes to byte 5."""
        shared, memory = self.harness.map(8)
        memory[2] = 41
        buffer = self.harness.ask("allocate", bytes=64)["buffer"]
        self.harness.ask("write", buffer=buffer, offset=3, **{"from": shared, "from_offset": 2, "bytes": 1})
        wire = call(operator, [operand("X", "u8", (1,)), {"name": "Z"}], [operand("Y", "u8", (1,)), {"name": "W"}])
        prepared = self.harness.ask("prepare", call=wire)
        more = {"workspace": {"buffer": buffer, "offset": 8}} if prepared["workspace_bytes"] else {}
        bound = self.harness.ask(
            "bind",
            kernel=prepared["kernel"],
            inputs=[{"name": "X", "buffer": buffer, "offset": 3}],
            outputs=[{"name": "Y", "buffer": buffer, "offset": 5}],
            **more,
        )
        self.buffer, self.shared, self.memory, self.kernel = buffer, shared, memory, prepared["kernel"]
        return bound["launch"]

    def answer(self):
        self.harness.ask("read", buffer=self.buffer, offset=5, to=self.shared, to_offset=7, bytes=1)
        return int(self.memory[7])

    def test_round_trip(self):
        opened = self.harness.ask("open", options={"b": "1", "a": "2"})
        self.assertEqual({"device": {"model": "strange a,b"}, "memory": "device"}, opened)
        self.harness.ask("run", launch=self.launch("any"), times=1)
        self.assertEqual(42, self.answer())
        self.harness.ask("run", launch=self.launch("workspace"), times=1)
        self.assertEqual(58, self.answer())
        self.harness.ask("release", handle=self.kernel)
        self.assertIn("kernel closed", self.harness.words())
        self.harness.ask("release", handle=self.buffer)
        self.refused("failed", "is nothing", "read", buffer=self.buffer, offset=0, to=self.shared, to_offset=0, bytes=1)
        self.harness.ask("close")
        self.assertIn("closed", self.harness.words())

    def test_shared_memory_ends_where_it_ends(self):
        self.launch("any")
        fields = {"from": self.shared, "from_offset": 7, "bytes": 2}
        self.refused("failed", "of a shared memory of 8", "write", buffer=self.buffer, offset=0, **fields)

    def test_handles_are_never_given_out_twice(self):
        handles = []
        for _ in range(3):
            handles.append(self.harness.ask("allocate", bytes=1)["buffer"])
            self.harness.ask("release", handle=handles[-1])
        self.assertEqual(3, len(set(handles)))

    def test_refusals(self):
        wire = call("no", [], [])
        self.assertEqual({"supported": False, "reason": "not this one"}, self.harness.ask("supports", call=wire))
        self.refused("unsupported", "not this one", "prepare", call=wire)
        self.refused("unsupported", "found out late", "prepare", call=call("late", [], []))
        for silent in ("empty", "false"):
            self.refused("failed", "reason of a refusal", "supports", call=call(silent, [], []))
            self.refused("failed", "reason of a refusal", "prepare", call=call(silent, [], []))
        self.refused("failed", "no kernel", "prepare", call=call("none", [], []))

    def test_contracts_are_texts(self):
        fields = self.harness.ask("contract", call=call("any", [], []))["contract"]
        self.assertEqual({"accumulator": "bf16", "deterministic": "true", "exp_ulps": "4.0"}, fields)

    def test_errors_keep_their_kind_and_text(self):
        self.refused("failed", "the device is on fire", "open", options={"broken": "1"})
        for operator, kind, text in (
            ("raise", "failed", "KeyError: 'what'"),
            ("memory", "out_of_memory", "MemoryError"),
            ("cuda", "out_of_memory", "Tried to allocate 3 GiB"),
            ("mine", "out_of_memory", "no bank left"),
        ):
            with self.subTest(operator=operator):
                self.refused(kind, text, "run", launch=self.launch(operator), times=1)
        self.assertIn("Traceback", self.harness.words())
        self.harness.ask("run", launch=self.launch("any"), times=1)
        self.assertEqual(42, self.answer())

    def test_a_slow_kernel_gives_signs_of_life(self):
        self.harness.ask("run", launch=self.launch("slow"), times=1)
        self.assertIn(self.harness.heartbeats, (1, 2, 3))
        self.harness.ask("contract", call=call("any", [], []))

    def test_it_ends_in_the_middle_of_a_kernel(self):
        for operator in ("hang", "spin"):
            with self.subTest(operator=operator):
                self.harness = self.worker(STRANGE)
                self.harness.start("run", launch=self.launch(operator), times=1)
                time.sleep(0.3)
                self.harness.connection.close()
                self.assertEqual(75, self.harness.ends())

    def test_a_crash_is_seen_as_one(self):
        self.harness.start("run", launch=self.launch("exit"), times=1)
        with self.assertRaises((EOFError, ConnectionResetError)):
            self.harness.finish()
        self.assertEqual(3, self.harness.ends())


class ElementTypes(unittest.TestCase):
    def every(self, name):
        dtype = assay.DTYPES[name]
        codes = np.arange(1 << dtype.bits, dtype=np.uint32).astype(np.uint16 if dtype.bits == 16 else np.uint8)
        return dtype, codes.view(np.float16) if name == "f16" else codes

    def test_sizes(self):
        self.assertEqual(23, len(assay.DTYPES))
        for dtype in assay.DTYPES.values():
            self.assertEqual(max(dtype.bits, 8), dtype.storage.itemsize * 8, dtype.name)

    def test_every_code_survives(self):
        for name in ("bf16", "f8e4m3", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "f4e2m1", "e8m0"):
            dtype, codes = self.every(name)
            if dtype.bits == 4:
                codes = codes[:16]
            values = dtype.decode(codes)
            self.assertEqual(np.float32, values.dtype)
            number = ~np.isnan(values)
            for exact in (values, values.astype(np.float64)):
                np.testing.assert_array_equal(codes[number], dtype.encode(exact)[number], name)
                again = dtype.decode(dtype.encode(exact))
                np.testing.assert_array_equal(np.isnan(values), np.isnan(again), name)

    def test_known_codes(self):
        for name, code, value in (
            ("bf16", 0x3F80, 1.0),
            ("bf16", 0x0001, 2.0**-133),
            ("bf16", 0xFF80, -math.inf),
            ("f8e4m3", 0x7E, 448.0),
            ("f8e4m3", 0x7F, math.nan),
            ("f8e4m3", 0x01, 2.0**-9),
            ("f8e4m3fnuz", 0x7F, 240.0),
            ("f8e4m3fnuz", 0x80, math.nan),
            ("f8e5m2", 0x7B, 57344.0),
            ("f8e5m2", 0xFC, -math.inf),
            ("f8e5m2fnuz", 0x7F, 57344.0),
            ("f4e2m1", 0x7, 6.0),
            ("f4e2m1", 0x9, -0.5),
            ("e8m0", 0x7F, 1.0),
            ("e8m0", 0x00, 2.0**-127),
            ("e8m0", 0xFF, math.nan),
            ("i4", 0xF, -1),
            ("i4", 0x7, 7),
            ("i2", 0x2, -2),
            ("u4", 0xF, 15),
        ):
            dtype = assay.DTYPES[name]
            decoded = float(dtype.decode(np.array([code], dtype.storage))[0])
            self.assertTrue(decoded == value or math.isnan(decoded) and math.isnan(value), (name, code, decoded))

    def test_bf16_rounds_once_to_nearest_even(self):
        dtype, codes = self.every("bf16")
        values = dtype.decode(codes)
        lower = values[:0x7F7F].astype(np.float64)
        upper = values[1:0x7F80].astype(np.float64)
        middle = (lower + upper) / 2
        even = np.where(np.arange(0x7F7F) % 2 == 0, np.arange(0x7F7F), np.arange(1, 0x7F80))
        for sign, top in ((1, 0), (-1, 0x8000)):
            np.testing.assert_array_equal(even | top, dtype.encode(sign * middle))
            exact = middle.astype(np.float32).astype(np.float64) == middle
            np.testing.assert_array_equal((even | top)[exact], dtype.encode((sign * middle).astype(np.float32))[exact])
            self.assertGreater(exact.sum(), 32000)
        np.testing.assert_array_equal(np.arange(1, 0x7F80), dtype.encode(np.nextafter(middle, np.inf)))
        np.testing.assert_array_equal(np.arange(0x7F7F), dtype.encode(np.nextafter(middle, 0)))

    def test_both_ways_to_bf16_agree(self):
        rng = np.random.default_rng(7)
        values = rng.integers(0, 1 << 32, 200000, dtype=np.uint64).astype(np.uint32).view(np.float32)
        dtype = assay.DTYPES["bf16"]
        with np.errstate(invalid="ignore"):
            narrow, wide = dtype.encode(values), dtype.encode(values.astype(np.float64))
        number = ~np.isnan(values)
        np.testing.assert_array_equal(narrow[number], wide[number])
        self.assertTrue(np.isnan(dtype.decode(narrow[~number])).all())

    def test_the_general_rounding_is_numpys_for_f16(self):
        dtype = assay.DTYPES["f16"]
        rng = np.random.default_rng(8)
        values = np.concatenate([rng.standard_normal(50000) * 10.0 ** rng.integers(-9, 6, 50000), [65519.9, 65520.0]])
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(dtype.encode(values).view(np.uint16), dtype._round(values, False))

    def test_what_is_too_large(self):
        big, edge = np.array([1e30, -1e30, math.inf]), np.array([464.0, 465.0])
        for name, free, full in (
            ("f8e4m3", [0x7F, 0xFF, 0x7F], [0x7E, 0xFE, 0x7E]),
            ("f8e5m2", [0x7C, 0xFC, 0x7C], [0x7B, 0xFB, 0x7B]),
            ("f8e4m3fnuz", [0x80, 0x80, 0x80], [0x7F, 0xFF, 0x7F]),
            ("f4e2m1", [0x7, 0xF, 0x7], [0x7, 0xF, 0x7]),
        ):
            dtype = assay.DTYPES[name]
            np.testing.assert_array_equal(free, dtype.encode(big), name)
            np.testing.assert_array_equal(full, dtype.encode(big, saturate=True), name)
        np.testing.assert_array_equal([0x7E, 0x7F], assay.DTYPES["f8e4m3"].encode(edge))
        scales = assay.DTYPES["e8m0"].encode(np.array([-1, 0, 2.0**-140, math.nan]))
        np.testing.assert_array_equal([255, 255, 0, 255], scales)

    def test_integers_keep_their_low_bits(self):
        np.testing.assert_array_equal([0xF, 0x8, 0x7], assay.DTYPES["i4"].encode([-1, -8, 7]))
        np.testing.assert_array_equal([-1, -8, 7], assay.DTYPES["i4"].decode([0xF, 0x8, 0x7]))


class Tensors(unittest.TestCase):
    def tensor(self, dtype, shape, strides, memory, offset):
        return assay.Backend().tensor(assay.Spec("X", dtype, shape, strides), memory, offset)

    def test_strides_and_offsets(self):
        memory = bytearray(np.arange(12, dtype=np.uint16).tobytes())
        view = self.tensor("bf16", [2, 3], [1, 2], memory, 4)
        np.testing.assert_array_equal([[2, 4, 6], [3, 5, 7]], view)
        view[1, 2] = 99
        self.assertEqual(99, memory[14])
        np.testing.assert_array_equal([[2, 2], [3, 3]], self.tensor("bf16", [2, 2], [1, 0], memory, 4))
        np.testing.assert_array_equal(0x0302, self.tensor("u16", [], [], bytearray([1, 2, 3]), 1))
        self.assertEqual((0, 3), self.tensor("f32", [0, 3], [3, 1], bytearray(1), 1).shape)

    def test_none_lies_beyond_its_memory(self):
        for dtype, shape in (("f32", [4]), ("i4", [25])):
            with self.assertRaises((TypeError, ValueError)):
                self.tensor(dtype, shape, [1], bytearray(16), 4)

    def test_packed_from_the_low_bits_upwards(self):
        memory = bytearray([0xFF, 0x21, 0x43, 0xF5])
        packed = self.tensor("i4", [5], [1], memory, 1)
        np.testing.assert_array_equal([1, 2, 3, 4, 5], packed.codes())
        packed.store(np.array([6, 7, 8, 9, 10], np.uint8))
        self.assertEqual(bytes([0xFF, 0x76, 0x98, 0xFA]), bytes(memory))
        pairs = self.tensor("u2", [3, 2], [1, 3], memory, 1)
        np.testing.assert_array_equal([[2, 1], [1, 0], [3, 2]], pairs.codes())
        pairs.store(np.array([[0, 1], [2, 3], [3, 3]], np.uint8))
        np.testing.assert_array_equal([[0, 1], [2, 3], [3, 3]], pairs.codes())
        self.assertEqual(0x90, memory[2] & 0xF0)
        np.testing.assert_array_equal(7, self.tensor("f4e2m1", [], [], bytearray([0x17]), 0).codes())
        self.assertEqual((0,), self.tensor("u4", [0], [1], bytearray(1), 0).codes().shape)

    def test_a_call_is_read_whole(self):
        parsed = assay.Call.parse(
            call(
                "gemm",
                [operand("A", "bf16", (2, 3)), {"name": "C"}],
                [operand("Y", "bf16", (2, 4), alias_of="A")],
                {
                    "alpha": {"real": 0.5},
                    "beta": {"real": "-Infinity"},
                    "transA": {"int": 1},
                    "mode": {"text": "none"},
                    "axes": {"ints": [0]},
                    "scales": {"reals": [1.5, "NaN"]},
                },
                {"lengths": [3, 4]},
            )
        )
        self.assertEqual(["A"], list(parsed.inputs))
        self.assertEqual("A", parsed.outputs["Y"].alias_of)
        self.assertEqual((0.5, -math.inf, 1, "none", [0]), tuple(parsed.attributes.values())[:5])
        self.assertTrue(math.isnan(parsed.attributes["scales"][1]))
        self.assertEqual([3, 4], parsed.constants["lengths"])
        self.assertIn("gemm(A=bf16[2,3]) -> (Y=bf16[2,4])", str(parsed))


@unittest.skipIf(torch is None, "NOT TESTED: PyTorch is missing")
class Torch(WorkerTest):
    """PyTorch on the CPU: a few values of each kind of operator. Assay itself judges all of them."""

    @classmethod
    def setUpClass(cls):
        cls.backend = assay.torch_backend()
        cls.backend.open({"device": "cpu"})

    def run_call(self, operator, inputs, outputs, attributes=None, constants=None):
        """Outputs of a call. Inputs are dtype and values, in numpy's types or as numbers; outputs dtype and shape."""

        def spec(name, dtype, shape):
            return assay.Spec(name, dtype, shape, [math.prod(shape[i + 1 :]) for i in range(len(shape))])

        arrays = {name: (dtype, np.asarray(values)) for name, (dtype, values) in inputs.items()}
        wire = assay.Call(
            operator,
            {name: spec(name, dtype, values.shape) for name, (dtype, values) in arrays.items()},
            {name: spec(name, dtype, shape) for name, (dtype, shape) in outputs.items()},
            attributes or {},
            constants or {},
        )
        self.assertIsNone(self.backend.supports(wire))
        bound = ({}, {})
        for name, (dtype, values) in arrays.items():
            codes = values if values.dtype == np.uint8 else assay.DTYPES[dtype].encode(values)
            data = bytearray(np.ascontiguousarray(codes).tobytes())
            buffer = self.backend.allocate(len(data) + 24)
            self.backend.write(buffer, 8, memoryview(data))
            bound[0][name] = self.backend.tensor(wire.inputs[name], buffer, 8)
        buffers = {}
        for name, output in wire.outputs.items():
            buffers[name] = self.backend.allocate(output.extent * assay.DTYPES[output.dtype].storage.itemsize + 8)
            bound[1][name] = self.backend.tensor(output, buffers[name], 8)
        nanos, clock = self.backend.measure(lambda kernel=self.backend.prepare(wire): kernel(*bound), 2)
        self.assertEqual((2, "worker"), (len(nanos), clock))
        self.inputs = bound[0]
        results = []
        for name, output in wire.outputs.items():
            dtype = assay.DTYPES[output.dtype]
            data = bytearray(output.extent * dtype.storage.itemsize)
            self.backend.read(buffers[name], 8, memoryview(data))
            results.append(dtype.decode(np.frombuffer(data, dtype.storage).reshape(output.shape)))
        return results

    def check(self, expected, *request, **more):
        (result,) = self.run_call(*request, **more)
        np.testing.assert_array_equal(np.asarray(expected, result.dtype), result)

    def test_over_the_socket(self):
        self.harness = self.worker(command=[sys.executable, os.path.join(SOURCES, "assay_worker.py"), "torch"])
        self.assertEqual("torch", self.harness.hello["hello"]["name"])
        self.refused("failed", "no device 'gpu'", "open", options={"device": "gpu"})
        self.refused("failed", "no option 'speed'", "open", options={"speed": "9"})
        opened = self.harness.ask("open", options={"device": "cpu", "threads": "1"})
        self.assertEqual("device", opened["memory"])
        self.assertTrue(opened["device"]["model"])
        self.assertGreater(opened["device"]["memory_bytes"], 1 << 20)
        shared, memory = self.harness.map(64)
        memory[:16] = np.array([1, 2, 3, 4], np.float32).view(np.uint8)
        buffer = self.harness.ask("allocate", bytes=64)["buffer"]
        self.harness.ask("write", buffer=buffer, offset=4, **{"from": shared, "from_offset": 0, "bytes": 16})
        # B is A with its dimensions exchanged.
        wire = call(
            "matmul",
            [operand("A", "f32", (2, 2)), operand("B", "f32", (2, 2), (1, 2))],
            [operand("Y", "f32", (2, 2))],
        )
        self.assertEqual({"supported": True}, self.harness.ask("supports", call=wire))
        self.assertEqual({}, self.harness.ask("contract", call=wire)["contract"])
        kernel = self.harness.ask("prepare", call=wire)["kernel"]
        places = [{"name": name, "buffer": buffer, "offset": at} for name, at in (("A", 4), ("B", 4), ("Y", 36))]
        launch = self.harness.ask("bind", kernel=kernel, inputs=places[:2], outputs=places[2:])["launch"]
        self.assertEqual("worker", self.harness.ask("run", launch=launch, times=2)["clock"])
        self.harness.ask("read", buffer=buffer, offset=36, to=shared, to_offset=32, bytes=16)
        np.testing.assert_array_equal([5, 11, 11, 25], memory[32:48].view(np.float32))
        packed = call("identity", [operand("X", "i4", (2,))], [operand("Y", "i4", (2,))])
        self.refused("unsupported", "PyTorch has no tensors of i4", "prepare", call=packed)
        unknown = call("mx_quantize", [], [])
        self.assertIn("mx_quantize", self.harness.ask("supports", call=unknown)["reason"])

    def test_plugins_are_named_when_they_are_missing(self):
        self.harness = self.worker(command=[sys.executable, os.path.join(SOURCES, "assay_worker.py"), "torch"])
        self.refused("failed", "torch_npu", "open", options={"device": "npu:0"})

    def test_products(self):
        a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
        for dtype in ("f64", "f32", "f16", "bf16"):
            self.check(a @ b, "matmul", {"A": (dtype, a), "B": (dtype, b)}, {"Y": (dtype, (2, 4))})
        gemm = {"alpha": 0.5, "beta": 2.0, "transA": 1, "transB": 0}
        inputs = {"A": ("f32", a.T), "B": ("f32", b), "C": ("f32", np.ones(4))}
        self.check(a @ b / 2 + 2, "gemm", inputs, {"Y": ("f32", (2, 4))}, gemm)
        inputs = {"A": ("u8", np.array([[255]], np.uint8)), "B": ("i8", np.array([[-128]]))}
        self.check([[-32640]], "matmul_integer", inputs, {"Y": ("i32", (1, 1))})

    def test_elementwise(self):
        self.check([-3, 3], "div", {"A": ("i8", [-7, 7]), "B": ("i8", [2, 2])}, {"C": ("i8", (2,))})
        self.check([-128], "div", {"A": ("i8", [-128]), "B": ("i8", [-1])}, {"C": ("i8", (1,))})
        self.check([44], "add", {"A": ("u16", [65535]), "B": ("u16", [45])}, {"C": ("u16", (1,))})
        self.check([0, -2, 2], "round", {"X": ("f16", [0.5, -1.5, 2.5])}, {"Y": ("f16", (3,))})
        self.check([1.5, 0], "prelu", {"X": ("f32", [-1, 0]), "slope": ("f32", [-1.5])}, {"Y": ("f32", (2,))})

    def test_movement(self):
        x = np.arange(6.0).reshape(2, 3)
        ends = {"starts": [-1], "ends": [-(1 << 63)], "axes": [1], "steps": [-2]}
        self.check([[2, 0], [5, 3]], "slice", {"data": ("bf16", x)}, {"output": ("bf16", (2, 2))}, None, ends)
        codes = np.arange(6, dtype=np.uint8).reshape(2, 3)
        (moved,) = self.run_call("transpose", {"data": ("f8e4m3", codes)}, {"transposed": ("f8e4m3", (3, 2))})
        np.testing.assert_array_equal(assay.DTYPES["f8e4m3"].decode(codes.T), moved)
        self.check(
            [2, 1, 0, 1, 2, 1, 0, 1],
            "pad",
            {"data": ("f32", [0.0, 1, 2]), "pads": ("i64", [2, 3])},
            {"output": ("f32", (8,))},
            {"mode": "reflect"},
            {"pads": [2, 3]},
        )
        self.check(
            [[5, 2], [3, 9]],
            "scatter_nd",
            {
                "data": ("f16", [[1, 2], [3, 4]]),
                "indices": ("i64", [[0, 0], [-1, -1], [0, 0]]),
                "updates": ("f16", [1, 5, 3]),
            },
            {"output": ("f16", (2, 2))},
            {"reduction": "add"},
        )

    def test_caches_are_written_in_place(self):
        cache = np.zeros((2, 2, 1, 2))
        inputs = {
            "key": ("f16", [[[1, 2]], [[3, 4]]]),
            "value": ("f16", [[[5, 6]], [[7, 8]]]),
            "key_cache": ("f16", cache),
            "value_cache": ("f16", cache),
            "slot_mapping": ("i64", [3, -1]),
        }
        outputs = {"new_key_cache": ("f16", cache.shape), "new_value_cache": ("f16", cache.shape)}
        self.run_call("reshape_and_cache", inputs, outputs, {"layout": "NHD"}, {"slot_mapping": [3, -1]})
        self.assertEqual([[[[0, 0]], [[0, 0]]], [[[0, 0]], [[1, 2]]]], self.inputs["key_cache"].tolist())
        self.assertEqual([[[[0, 0]], [[0, 0]]], [[[0, 0]], [[5, 6]]]], self.inputs["value_cache"].tolist())

    def test_reductions(self):
        attributes = {"keepdims": 0, "noop_with_empty_axes": 0}
        self.check(-(1 << 31), "reduce_sum", {"data": ("i32", [1 << 30, 1 << 30])}, {"reduced": ("i32", ())}, attributes)
        self.check(-math.inf, "reduce_max", {"data": ("bf16", np.zeros(0))}, {"reduced": ("bf16", ())}, attributes)
        values, indices = self.run_call(
            "top_k",
            {"X": ("f32", [1, 3, 3, 2]), "K": ("i64", [3])},
            {"Values": ("f32", (3,)), "Indices": ("i64", (3,))},
            {"axis": -1, "largest": 1, "sorted": 1},
            {"K": [3]},
        )
        self.assertEqual(([3, 3, 2], [1, 2, 3]), (values.tolist(), indices.tolist()))

    def test_convolution_with_uneven_padding(self):
        attributes = {"auto_pad": "SAME_LOWER", "group": 1}
        inputs = {"X": ("f32", np.array([[[1.0, 2, 3]]])), "W": ("f32", np.array([[[1.0, 10]]]))}
        self.check([[[10, 21, 32]]], "conv", inputs, {"Y": ("f32", (1, 1, 3))}, attributes)

    def test_attention_of_a_query_that_sees_nothing(self):
        q = np.zeros((1, 1, 2, 2))
        inputs = {
            "Q": ("bf16", q),
            "K": ("bf16", q),
            "V": ("bf16", [[[[1, 2], [3, 4]]]]),
            "attn_mask": ("bool", [[False, False], [True, True]]),
        }
        attributes = {"is_causal": 0, "softcap": 0.0, "qk_matmul_output_mode": 0}
        self.check([[[[0, 0], [2, 3]]]], "attention", inputs, {"Y": ("bf16", (1, 1, 2, 2))}, attributes)


if __name__ == "__main__":
    unittest.main()
