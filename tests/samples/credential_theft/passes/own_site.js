jQuery.post(ajaxurl, { action: 'set-thumbnail', cookie: encodeURIComponent(document.cookie) }, () => {});
jQuery.ajax({ url: '/a/message/updates', type: 'POST', data: { xsrf: document.cookie.match('_xsrf=([^;]*)')[1] } });
