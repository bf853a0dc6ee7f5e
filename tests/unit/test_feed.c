/* Feeds: what comes out of each format, of broken ones, and of what is no feed; whole and byte by
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/limits.h"
#include "worker/sources/feed.h"
#include "worker/sources/feed_text.h"

#define OUT_BYTES 4096

static size_t put(char *out, size_t len, const char *name, struct slice value)
{
    if (value.data)
        len += (size_t)snprintf(out + len, OUT_BYTES - len, " %s=%.*s", name, (int)value.len,
                                value.data);
    assert_true(len < OUT_BYTES);
    return len;
}

static size_t put_item(char *out, size_t len, const struct feed_item *item)
{
    char date[CLOCK_TEXT_BYTES] = "";
    len = put(out, len, "title", item->title);
    len = put(out, len, "url", item->url);
    len = put(out, len, "guid", item->guid);
    len = put(out, len, item->body_is_html ? "html" : "text", item->body);
    len = put(out, len, "image", item->image);
    for (size_t i = 0; i < item->author_count; i++)
        len = put(out, len, "by", item->authors[i]);
    for (size_t i = 0; i < item->category_count; i++)
        len = put(out, len, "in", item->categories[i]);
    if (item->published_ms != CLOCK_NONE)
        clock_format(item->published_ms, date);
    return put(out, len, "on", date[0] ? slice_from(date) : SLICE_NULL);
}

/* Everything the feed gives when it comes in pieces of `piece` bytes: items, then how it ended. */
static void describe(struct slice bytes, size_t piece, char out[OUT_BYTES])
{
    struct feed *feed;
    struct feed_item item;
    struct fault fault = {.code = ""};
    size_t len = 0;
    enum status status = feed_new(SLICE_LITERAL("https://n.example/feeds/a.xml"), &feed, &fault);
    assert_int_equal(status, STATUS_OK);
    for (bool last = false; status == STATUS_OK && !last;) {
        size_t step = bytes.len < piece ? bytes.len : piece;
        last = step == bytes.len;
        status = feed_push(feed, slice_sub(bytes, 0, step), last, &fault);
        bytes = slice_sub(bytes, step, bytes.len);
        while (feed_next(feed, &item))
            len = put_item(out, len, &item);
    }
    (void)snprintf(out + len, OUT_BYTES - len, " %s", status == STATUS_OK ? "end" : fault.code);
    feed_free(feed);
}

static const struct {
    const char *name, *bytes, *expect;
} cases[] = {
    {"rss 2",
     "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
     "xmlns:c=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>F</title>"
     "<image><title>No</title><link>no</link></image><item><title>A &amp;amp; B</title>"
     "<link>../1</link><guid isPermaLink=\"false\">g</guid><author>a@n.example (Ann)</author>"
     "<dc:creator>Bo</dc:creator><category>x</category><category>y</category>"
     "<pubDate>Sat, 07 Sep 2002 00:00:01 GMT</pubDate><description>S &lt;b&gt;s&lt;/b&gt;"
     "</description><c:encoded><![CDATA[<p>B & b</p>]]></c:encoded>"
     "<enclosure url=\"i.mp3\" type=\"audio/mpeg\"/><enclosure url=\"i.jpg\" type=\"image/jpeg\"/>"
     "</item></channel></rss>",
     " title=A & B url=https://n.example/1 guid=g html=<p>B & b</p> image=i.jpg by=Ann by=Bo in=x "
     "in=y on=2002-09-07T00:00:01.000Z end"},
    {"rss without much",
     "<rss><channel><item/><item><guid>https://n.example/g</guid></item>"
     "<item><guid>7</guid><description>d</description></item></channel></rss>",
     " text= url=https://n.example/g guid=https://n.example/g text= "
     "url=https://n.example/feeds/7 guid=7 text=d end"},
    {"rss 1",
     "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
     "xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
     "<channel><title>F</title></channel><item><title>T</title><link>https://n.example/2</link>"
     "<dc:date>2024-02-29</dc:date></item></rdf:RDF>",
     " title=T url=https://n.example/2 text= on=2024-02-29T00:00:00.000Z end"},
    {"atom",
     "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>F</title><entry>"
     "<title type=\"html\">1 &amp;lt; 2 &lt;i&gt;x&lt;/i&gt;</title><link rel=\"self\" "
     "href=\"/s\"/>"
     "<link href=\"/a\"/><id>urn:1</id><updated>2024-01-02T03:04:05+01:00</updated>"
     "<published>2024-01-01T00:00:00Z</published><author><name>Ann</name><email>x</email></author>"
     "<source><title>Other</title><id>other</id></source><category term=\"t\"/>"
     "<summary>s</summary><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">"
     "<p class=\"a&quot;\">a &lt; b<br/></p></div></content></entry></feed>",
     " title=1 < 2 x url=https://n.example/a guid=urn:1 html=<div><p class=\"a&quot;\">a &lt; b<br>"
     "</p></div> by=Ann in=t on=2024-01-01T00:00:00.000Z end"},
    {"atom text is text",
     "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>A</title>"
     "<content type=\"image/png\">iVBO</content><summary type=\"text\">plain</summary></entry>"
     "</feed>",
     " title=A text=plain end"},
    {"prefixes nobody declared",
     "<rss><channel><item><title>T</title><dc:creator>Bo</dc:creator><content:encoded>"
     "&lt;p&gt;x</content:encoded><media:group><media:thumbnail url=\"t.png\"/></media:group>"
     "</item></channel></rss>",
     " title=T html=<p>x image=t.png by=Bo end"},
    {"naked ampersands",
     "<rss><channel><item><title>AT&T & more</title><link>https://n.example/?a=1&b=2&amp;c=3</link>"
     "<description>Q&A &lt;b&gt; &nbsp;x &unknown; &#x41;</description></item></channel></rss>",
     " title=AT&T & more url=https://n.example/?a=1&b=2&c=3 html=Q&A <b> \xc2\xa0x  A end"},
    {"tags that do not match",
     "<rss><channel><item><title>T</title><description>a <b>bold</i> c</description></item>"
     "<item><title>U</title></item></channel></rss>",
     " title=T html=a <b>bold</b> c title=U text= end"},
    {"space in front",
     " \n<?xml version=\"1.0\"?><rss><channel><item><title>T</title></item>"
     "</channel></rss>",
     " title=T text= end"},
    {"cut", "<rss><channel><item><title>T</title></item><item><title>U</ti",
     " title=T text= truncated"},
    {"junk behind", "<rss><channel><item><title>T</title></item></channel></rss><b>more &",
     " title=T text= end"},
    {"html", "<!DOCTYPE html><html><body><item/></body></html>", " not-a-feed"},
    {"xml", "<?xml version=\"1.0\"?><opml><item/></opml>", " not-a-feed"},
    {"nothing", "", " not-a-feed"},
    {"words", "no such feed", " not-a-feed"},
    {"entities do not expand",
     "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
     "<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><channel><item><title>T&b;&x;</title></item>"
     "</channel></rss>",
     " title=T text= end"},
};

static void formats_give_items(void **state)
{
    (void)state;
    char out[OUT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        describe(slice_from(cases[i].bytes), SIZE_MAX, out);
        if (strcmp(out, cases[i].expect) != 0)
            fail_msg("%s: got\n%s\nnot\n%s", cases[i].name, out, cases[i].expect);
    }
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    static const size_t pieces[] = {5, 7, 41, 100};
    char out[OUT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++) {
            describe(slice_from(cases[i].bytes), pieces[j], out);
            if (strcmp(out, cases[i].expect) != 0)
                fail_msg("%s in pieces of %zu: got\n%s", cases[i].name, pieces[j], out);
        }
}

/* A body beyond the limit costs that item; the next one is whole. */
static void long_bodies_cost_their_item(void **state)
{
    (void)state;
    struct feed *feed;
    struct feed_item item;
    struct fault fault;
    struct buffer out;
    char *filler = malloc(FEED_PUSH_BYTES);
    assert_non_null(filler);
    memset(filler, 'x', FEED_PUSH_BYTES);
    assert_int_equal(feed_new(SLICE_NULL, &feed, &fault), STATUS_OK);
    struct slice head = SLICE_LITERAL("<rss><channel><item><description>"),
                 tail = SLICE_LITERAL("</description></item><item><title>T</title></item>"
                                      "</channel></rss>");
    assert_int_equal(feed_push(feed, head, false, &fault), STATUS_OK);
    for (size_t sent = 0; sent <= LIMIT_BODY_BYTES; sent += FEED_PUSH_BYTES)
        assert_int_equal(feed_push(feed, (struct slice){filler, FEED_PUSH_BYTES}, false, &fault),
                         STATUS_OK);
    assert_int_equal(feed_push(feed, tail, true, &fault), STATUS_OK);
    buffer_init(&out, LIMIT_MESSAGE_BYTES);
    assert_true(feed_next(feed, &item));
    assert_int_equal(feed_item_article(&item, SLICE_NULL, &out, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "body-too-long");
    assert_true(feed_next(feed, &item));
    assert_true(slice_is(item.title, "T"));
    assert_int_equal(feed_item_article(&item, SLICE_NULL, &out, &fault), STATUS_OK);
    buffer_deinit(&out);
    feed_free(feed);
    free(filler);
}

static void dates_as_servers_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } dates[] = {
        {"Thu, 01 Jan 1970 00:00:02 GMT", 2000},
        {"1 Jan 1970 01:00:02 +0100", 2000},
        {"Wed, 31 Dec 1969 19:00:02 EST", 2000},
        {"1970-01-01T00:00:02Z", 2000},
        {" 1970-01-01 00:00:02+00:00 ", 2000},
        {"yesterday", CLOCK_NONE},
        {"", CLOCK_NONE},
    };
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_int_equal(feed_text_date(slice_from(dates[i].text)), dates[i].ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_give_items),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(long_bodies_cost_their_item),
        cmocka_unit_test(dates_as_servers_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
