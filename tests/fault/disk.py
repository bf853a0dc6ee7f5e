"""What a power cut may leave of a folder: the calls that disk_shim.so wrote down, and chance.

A file's bytes are sure once it was synced; of later writes any may be there, whole, torn between
sectors, or not at all. Names are sure once their folder was synced; of later changes any may be there.
"""
import os
import pathlib
import struct

ENTRY = struct.Struct("<IIIIQQ")
CREATE, WRITE, TRUNCATE, SYNC_FILE, SYNC_FOLDER, RENAME, UNLINK = range(1, 8)
SECTOR = 512


class File:
    """Bytes that are sure, and what was done since."""

    def __init__(self, data=b""):
        self.sure, self.since = data, []

    def sync(self):
        self.sure, self.since = self.latest(), []

    @staticmethod
    def put(data, offset, piece):
        if len(data) < offset:
            data.extend(bytes(offset - len(data)))
        data[offset:offset + len(piece)] = piece

    def latest(self):
        data = bytearray(self.sure)
        for kind, offset, piece in self.since:
            self.do(data, kind, offset, piece)
        return bytes(data)

    def do(self, data, kind, offset, piece):
        if kind == WRITE:
            self.put(data, offset, piece)
        elif offset < len(data):
            del data[offset:]
        else:
            data.extend(bytes(offset - len(data)))

    def after_cut(self, chance):
        data = bytearray(self.sure)
        for kind, offset, piece in self.since:
            luck = chance.random()
            if luck < 0.35:
                continue
            if kind == WRITE and luck < 0.65:
                self.tear(data, offset, piece, chance)
            else:
                self.do(data, kind, offset, piece)
        return bytes(data)

    def tear(self, data, offset, piece, chance):
        """Each sector of the file that the write touches has the old or the new bytes."""
        at = 0
        while at < len(piece):
            step = min(len(piece) - at, SECTOR - (offset + at) % SECTOR)
            if chance.random() < 0.5:
                self.put(data, offset + at, piece[at:at + step])
            at += step


class Disk:
    """The folders as they were when a process began, and what its log says since."""

    def __init__(self, folders):
        self.folders = [str(folder) for folder in folders]
        self.inodes, self.names = {}, {}
        for folder in self.folders:
            for path in pathlib.Path(folder).iterdir():
                if path.is_file() and path.name != "lock":
                    made = self.inodes[path.stat().st_ino] = File(path.read_bytes())
                    self.names[str(path)] = made
        self.unsure = []  # changes of names whose folder was not synced: (kind, from, to, File)

    def play(self, log):
        data, at = log, 0
        while at + ENTRY.size <= len(data):
            kind, from_len, to_len, data_len, inode, offset = ENTRY.unpack_from(data, at)
            at += ENTRY.size
            from_name = data[at:at + from_len].decode()
            to_name = data[at + from_len:at + from_len + to_len].decode()
            at += from_len + to_len
            self.one(kind, inode, offset, from_name, to_name, data[at:at + data_len])
            at += data_len

    def one(self, kind, inode, offset, from_name, to_name, piece):
        if kind == CREATE:
            self.inodes[inode] = File()
            self.unsure.append((kind, from_name, "", self.inodes[inode]))
        elif kind in (WRITE, TRUNCATE):
            self.inodes[inode].since.append((kind, offset, piece))
        elif kind == SYNC_FILE:
            self.inodes[inode].sync()
        elif kind == SYNC_FOLDER:
            self.sync_folder(from_name)
        else:
            self.unsure.append((kind, from_name, to_name, None))

    def change(self, names, kind, from_name, to_name, made):
        if kind == CREATE:
            names[from_name] = made
        elif from_name in names:
            if kind == RENAME:
                names[to_name] = names[from_name]
            del names[from_name]

    def sync_folder(self, folder):
        """Renames between folders are one change, sure with either."""
        left = []
        for item in self.unsure:
            if folder in (os.path.dirname(item[1]), os.path.dirname(item[2])):
                self.change(self.names, *item)
            else:
                left.append(item)
        self.unsure = left

    def after_cut(self, chance):
        """{path: bytes}"""
        names = dict(self.names)
        for item in self.unsure:
            if chance.random() < 0.5:
                self.change(names, *item)
        return {path: made.after_cut(chance) for path, made in names.items()}

    def write(self, found):
        """Makes the folders be so."""
        for folder in self.folders:
            for path in filter(pathlib.Path.is_file, pathlib.Path(folder).iterdir()):
                path.unlink()
        for path, data in found.items():
            pathlib.Path(path).write_bytes(data)
