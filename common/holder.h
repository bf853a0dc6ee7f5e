/* Who listens on a TCP port of this host, for the message that says it is in use. From /proc: the
 * user always, the process where we may see it. */
#ifndef NEWSMILL_COMMON_HOLDER_H
#define NEWSMILL_COMMON_HOLDER_H

#define HOLDER_BYTES 128

/* Fills `text` with "process 4711 (newsmill) of user news listens there", "a process of user news
 * listens there", or "another program listens there"; returns it. */
const char *holder_of_port(unsigned port, char text[HOLDER_BYTES]);

#endif
