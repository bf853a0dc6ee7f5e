/* Who is connected to ingest's sockets: bounds how many there are and how fast one host comes.
 *
 * libzmq accepts whoever comes, as many as there are descriptors. Here each connection is counted
 * from its events (bus.h). It is a stranger until a message came over it that makes sense. When
 * there are more than `most`, the stranger that has been silent longest is cut; when one address
 * connects faster than CONNECTIONS_A_SECOND, its newest is. To cut is to shut the socket down,
 * which libzmq then finds closed. Belongs to the loop's thread. */
#ifndef NEWSMILL_INGEST_CONNECTIONS_H
#define NEWSMILL_INGEST_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define CONNECTIONS_A_SECOND 250 /* of one address beyond this host; a second's are saved up */
#define CONNECTIONS_ADDRESS  64

struct connections;

/* Descriptors that are kept for everything else: the journal, HTTP, libzmq itself. */
#define CONNECTIONS_SPARE 128

/* As many as `most`, or as the process may have descriptors; it is allowed as many as the system
 * lets it have. NULL without memory. */
struct connections *connections_new(uint32_t most);
void connections_free(struct connections *connections);

/* One more at a door (a small number of the caller's). Returns how many were cut for it. */
uint32_t connections_accepted(struct connections *connections, int fd, unsigned door,
                              int64_t now_ms);
void connections_ended(struct connections *connections, int fd);
/* It has said something that makes sense. False when the descriptor is not known (yet). */
bool connections_proved(struct connections *connections, int fd);
/* Cuts the strangers of a door with CURVE who send more than a handshake has before it is over:
 * libzmq would keep a frame of theirs up to the size of the largest article. Returns how many.
 * Looked at often, as what they send until then is kept. */
uint32_t connections_cut_floods(struct connections *connections);
#define CONNECTIONS_LOOK_MS 100

/* Cuts all of a door: they come again, and are asked again who they are. */
void connections_cut(struct connections *connections, unsigned door);

/* Whether an address, which comes now, comes too fast. Pure but for what it counts. */
bool connections_too_fast(struct connections *connections, const char *address, int64_t now_ms);

uint32_t connections_count(const struct connections *connections);
/* Whence it came, "192.0.2.7", "local" for a unix socket, "unknown". Valid until it ended. */
const char *connections_address(const struct connections *connections, int fd);

#endif
